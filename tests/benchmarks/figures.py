"""The last figures measured, and the pages that tell them.

A page says ``<!--=NAME-->…<!--/-->`` where a figure stands, ``<!--=NAME:FIELD-->`` for its
floor, its ratio, its goal or its day, and ``<!--=NAME.*-->`` for all that begin so. What is
between is written by ``make bench``; ``tests/architecture/test_delivery.py`` sees that no hand
wrote it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from tests.benchmarks.results import Result

DOCS = Path(__file__).parents[2] / "docs"
FILE = DOCS / "performance" / "figures.json"
PAGES = (DOCS / "performance.md", DOCS / "delivery.md")

Figures: TypeAlias = Mapping[str, Mapping[str, Any]]

MARK = re.compile(r"(<!--=([\w.*-]+)(?::(\w+))?-->).*?(<!--/-->)", re.DOTALL)

MISSING = "not measured yet"

#: Above it, no digit behind the point; a thousand is told apart by a comma.
WHOLE = 100


def read() -> Figures:
    """Return every figure by name."""
    figures: Figures = json.loads(FILE.read_text()) if FILE.exists() else {}
    return figures


def keep(results: Iterable[Result], day: str, *, quick: bool = False) -> None:
    """Write *results* down in place of what was measured before, and tell them on the pages.

    *quick*: a tenth of the size was measured, and the pages say «about».
    """
    about = {"quick": True} if quick else {}
    fresh = {result.name: {**result.kept, "day": day, **about} for result in results}
    lists = {name.rpartition(".")[0] for name in fresh if name.startswith("profile.")}
    old = {name: one for name, one in read().items() if name.rpartition(".")[0] not in lists}
    figures = {**old, **fresh}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(figures, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    for page in PAGES:
        page.write_text(filled(page.read_text(), figures))


def filled(page: str, figures: Figures) -> str:
    """Return *page* with every figure in its place."""
    return MARK.sub(lambda mark: f"{mark[1]}{_told(figures, mark[2], mark[3])}{mark[4]}", page)


def named(page: str) -> set[str]:
    """Return the figures that *page* tells."""
    return {mark[2] for mark in MARK.finditer(page)}


def _told(figures: Figures, name: str, field: str | None) -> str:
    if name.endswith(".*"):
        return _listed(figures, name.removesuffix("*"))
    figure = figures.get(name)
    if figure is None:
        return MISSING
    match field:
        case None:
            about = "about " if "quick" in figure else ""
            return f"{about}{number(figure['value'])} {figure['unit']}".rstrip()
        case "ratio":
            return f"{figure['ratio']:.0%}".replace("%", " %")
        case "day":
            return str(figure["day"])
    return number(figure[field])


def _listed(figures: Figures, begins: str) -> str:
    """Return all figures whose names begin so, the largest first."""
    found = {name.removeprefix(begins): one for name, one in figures.items() if begins in name}
    ordered = sorted(found.items(), key=lambda one: -one[1]["value"])
    return ", ".join(f"{name} {number(one['value'])}" for name, one in ordered) or MISSING


def number(value: float) -> str:
    """Return *value* as it is read aloud: 1,234 and 12.3 and 0.123."""
    if value >= WHOLE or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
