"""One line a benchmark: printed, and appended to ``var/bench/results.jsonl``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path("var/bench/results.jsonl")


@dataclass(frozen=True)
class Result:
    """*floor* is the same unit, measured in the same run; *ratio* is value / floor."""

    name: str
    value: float
    unit: str
    floor: float

    @property
    def ratio(self) -> float:
        return self.value / self.floor if self.floor else 0.0


def report(result: Result) -> None:
    """Print the line and keep it."""
    line = {key: _rounded(value) for key, value in asdict(result).items()}
    line["ratio"] = _rounded(result.ratio)
    text = json.dumps(line)
    print(text, flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("a") as file:
        file.write(text + "\n")


def _rounded(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value
