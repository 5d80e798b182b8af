"""Parameters of a provider's published API, restated by hand, and what is wrong with a request."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: How the plain kinds are written in a form.
SHAPES = {
    "integer": r"-?\d+",
    "number": r"-?\d+(\.\d+)?",
    "boolean": r"(?i:true|false)",
    "uri": r"https?://[^\s_/]+(/\S*)?",
}


@dataclass(frozen=True)
class Parameter:
    """One parameter: *kind* is string, integer, number, boolean, uri or object."""

    kind: str = "string"
    required: bool = False
    pattern: str | None = None
    values: tuple[str, ...] = ()
    least: int | None = None  # the smallest number, or the shortest text
    most: int | None = None

    def problems(self, value: Any) -> Iterator[str]:
        if not self._is_of_kind(value):
            yield f"is no {self.kind}"
            return
        if self.pattern and not re.fullmatch(self.pattern, str(value)):
            yield f"does not match {self.pattern}"
        if self.values and value not in self.values:
            yield f"is none of {', '.join(self.values)}"
        if self.least is not None and self._size(value) < self.least:
            yield f"is less than {self.least}"
        if self.most is not None and self._size(value) > self.most:
            yield f"is more than {self.most}"

    def _is_of_kind(self, value: Any) -> bool:
        if self.kind in SHAPES:
            return bool(re.fullmatch(SHAPES[self.kind], str(value)))
        return isinstance(value, {"object": dict, "array": list}.get(self.kind, str))

    def _size(self, value: Any) -> float:
        if self.kind in {"integer", "number"}:
            return float(value)
        return len(value.encode("utf-16-le")) // 2 if isinstance(value, str) else len(value)


def problems(table: Mapping[str, Parameter], given: Mapping[str, Any]) -> list[str]:
    """Name everything in *given* that the published table does not allow."""
    found = [f"{name} is required" for name, one in table.items() if one.required]
    found = [line for line in found if line.split()[0] not in given]
    for name, value in given.items():
        if name not in table:
            found.append(f"{name} is no parameter")
        else:
            found += [f"{name} {line}" for line in table[name].problems(value)]
    return found
