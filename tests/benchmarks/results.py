"""One line a figure: printed, and appended to ``var/bench/results.jsonl``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path("var/bench/results.jsonl")


@dataclass(frozen=True)
class Result:
    """*floor* is the same unit, measured in the same run; *ratio* is value / floor.

    *goal* is what ``docs/delivery.md`` asks for, in the same unit. 0: there is none.
    """

    name: str
    value: float
    unit: str
    floor: float = 0.0
    goal: float = 0.0

    @property
    def ratio(self) -> float:
        return self.value / self.floor if self.floor else 0.0

    @property
    def kept(self) -> dict[str, str | float]:
        """What is written down of it, with no more digits than it is worth."""
        line = {key: _rounded(value) for key, value in asdict(self).items()}
        return {**line, "ratio": _rounded(self.ratio)}


def report(result: Result) -> None:
    """Print the line and keep it."""
    text = json.dumps(result.kept, ensure_ascii=False)
    print(text, flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("a") as file:
        file.write(text + "\n")


def share(values: list[float], part: float) -> float:
    """Return the value below which *part* of *values* lies, such as 0.99 of them."""
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def _rounded(value: float | str) -> float | str:
    return float(f"{value:.4g}") if isinstance(value, float) else value
