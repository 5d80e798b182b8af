"""How many of those in a sample came to the end, in whole and in parts, as far as it may be shown.

A part is what was known of somebody when the sample was drawn. Who came to the end is counted in
the whole and in each part; small counts are hidden as those of a question are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from forum.circulation import Cell
from forum.suppression import K
from outreach import survey_cells
from outreach.survey_cells import count_of
from outreach.survey_results import MOST_SITES, OTHERS
from outreach.survey_tallies import Taking

#: The columns: who came to the end, and who did not.
_DONE: Final = "done"
_LEFT: Final = "left"


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a sample: *drawn* are in it, *done* came to the end. None: it is hidden."""

    name: str
    drawn: int | None
    done: int | None

    @property
    def share(self) -> float | None:
        """The part that came to the end, 0 to 1; None: hidden, or nobody was drawn."""
        return self.done / self.drawn if self.drawn and self.done is not None else None


@dataclass(frozen=True, slots=True)
class Response:
    """A sample, whole and in parts.

    *parts* None: there are too few to tell them apart; empty: nobody asked for parts, or they
    were not counted when it was drawn.
    """

    whole: Rate
    parts: Sequence[Rate] | None


def response(
    taking: Taking, drawn: int, parts: Mapping[str, tuple[int, int]] | None = None
) -> Response:
    """Return what may be shown of a sample of *drawn*.

    *parts*: of each how many are in it, and how many of these came to the end.
    """
    done, others = taking.sampled_done, taking.done - taking.sampled_done
    # Beside how many came to the end at all, it tells how many came of themselves.
    small = any(0 < n < K for n in (done, others))
    whole = Rate("", drawn, None if small else done)
    if not parts:
        return Response(whole, ())
    return Response(whole, None if small else _parts(_largest(parts)))


def _parts(parts: Mapping[str, tuple[int, int]]) -> list[Rate] | None:
    inner = {}
    for name, (drawn, done) in parts.items():
        inner[Cell(name, _DONE)], inner[Cell(name, _LEFT)] = done, drawn - done
    columns = (_DONE, _LEFT)
    sums = {
        column: sum(n for cell, n in inner.items() if cell.column == column) for column in columns
    }
    of = survey_cells.whole(sums, columns)
    if None in [count_of(of, column) for column in columns]:
        return None
    names = sorted(parts)
    table = survey_cells.part(inner, names, of)
    if table is None:
        return None
    return [Rate(name, table.at(name, None), table.at(name, _DONE)) for name in names]


def _largest(parts: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
    """Put the smallest parts together where there are more than can be read, as sites are."""
    if len(parts) <= MOST_SITES + 1:
        return parts
    ordered = sorted((name for name in parts if name), key=lambda name: (-parts[name][0], name))
    told = {"", *ordered[:MOST_SITES]}
    found: dict[str, tuple[int, int]] = {}
    for name, (drawn, done) in parts.items():
        kept = name if name in told else OTHERS
        before = found.get(kept, (0, 0))
        found[kept] = before[0] + drawn, before[1] + done
    return found
