"""A register as an office really has it, and its own account of what each row must come to.

Numbers in every spelling, people who stand there twice, are on the list already or have stopped,
formulas where words should be, empty rows, cells of two lines, words that went through the wrong
encoding. The same *size* and *seed* make the same list; nobody's number is anybody's.
"""

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from io import StringIO
from pathlib import Path
from random import Random
from typing import TypeAlias

from xlsxwriter import Workbook

from outreach.import_columns import Statement, Why
from outreach.imports import Verdict

SEED = 20_260_512
DAY = date(2026, 5, 12)

#: What whoever brings the list says of it.
STATEMENT = Statement("fr", "KE", DAY, "liste signée", DAY)

#: The one site that is known.
SITE = "KB12"

HEADER = (
    *("Nom", "Téléphone", "Langue", "Site", "Rôle", "Genre", "Formalité", "Cohorte"),
    *("Consentement", "Date du consentement", "Comment"),
)
_PLACE = {name: place for place, name in enumerate(HEADER)}

#: A cell: words, or a number that a spreadsheet made of a telephone number.
Cell: TypeAlias = str | int

#: How a computer writes it: the encoding, and what stands between two cells.
FORMS: Mapping[str, tuple[str, str]] = {
    "latin-1": ("latin-1", ";"),
    "utf-8": ("utf-8", ","),
    "utf-8 with a mark": ("utf-8-sig", ";"),
    "utf-16": ("utf-16", "\t"),
    "utf-16 without a mark": ("utf-16-le", "\t"),
}

FORMULAS = (
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org","x")',
)
#: Those that fit into a cohort's sixteen characters.
_SHORT_FORMULAS = FORMULAS[:4]

_NAMES = ("Aïcha Müller", "José Peña", "Zoë O'Neill", 'Asha "Mama" Juma', "Noël\nFrançois", "")
_NO_NUMBERS = (
    "n/a",
    "12",
    "pas de téléphone",
    "2.54712E+11",
    "0712 345",
    "+",
    "07123456789012345",
)
_ROLES = ("creuseur", "Laveuse", "pit leader", "ACHETEUR", "propriétaire", "digger", "")
_LANGUAGES = ("fr", "Français", "english", "SW", "Kiswahili", "")
_SITES = (SITE, "kb-12", " kb 12 ", "")
_GENDERS = ("F", "homme", "Woman", "m", "féminin", "")
_FORMALITIES = ("formel", "en cours", "not registered", "")
_YES = ("oui", "Yes", "x", "1", "VRAI")
_DAYS = ("2026-05-01", "01/05/2026", "1.5.2026", "01-05-2026", "")


@dataclass(frozen=True)
class Line:
    """One row, and what must become of it; *verdict* None: nothing stands there."""

    kind: str
    cells: Sequence[Cell]
    verdict: Verdict | None
    why: Why | None = None
    ending: str = ""


class MessyList:
    """A list of *size* rows. *known*, *stopped* and *shut*: numbers that are there before it.

    Whoever is *known* digs, and has said nothing else; *stopped*: had been on the list; *shut*:
    sent STOP and never was.
    """

    def __init__(self, size: int, seed: int = SEED) -> None:
        self._dice = Random(seed)
        self._taken = 0
        self._before: list[str] = []  # who stands further up
        self.known: list[str] = []
        self.stopped: list[str] = []
        self.shut: list[str] = []
        names, weights = zip(
            *((kind, weight) for kind, (weight, _) in _KINDS.items()), strict=True
        )
        kinds = self._dice.choices(names, weights, k=size)
        # Of each kind there is one, however short the list.
        kinds[: len(names)] = names
        self.lines = [_KINDS[kind][1](self, kind) for kind in kinds]

    # --- its own account -----------------------------------------------------------------------

    @cached_property
    def account(self) -> list[tuple[int, Verdict, str | None, str]]:
        """Return the report that must come: number, verdict, reason and ending of each row."""
        return [
            (number, line.verdict, line.why, line.ending)
            for number, line in enumerate(self.lines, start=2)
            if line.verdict is not None
        ]

    @cached_property
    def counts(self) -> Counter[Verdict]:
        """Return how many rows of each verdict there are."""
        return Counter(verdict for _, verdict, _, _ in self.account)

    def of_kind(self, kind: str) -> int:
        """Return how many rows there are of *kind*."""
        return sum(line.kind == kind for line in self.lines)

    # --- as a computer writes it ---------------------------------------------------------------

    def text(self, form: str) -> bytes:
        """Return it as CSV in one of ``FORMS``."""
        encoding, separator = FORMS[form]
        written = StringIO()
        rows = csv.writer(written, delimiter=separator)
        rows.writerow(HEADER)
        rows.writerows(line.cells for line in self.lines)
        return written.getvalue().encode(encoding)

    def workbook(self, path: Path) -> None:
        """Write it as Excel does: formulas are formulas, a number may be a quantity."""
        with Workbook(path) as book:
            sheet = book.add_worksheet("Registre")
            for row, cells in enumerate((HEADER, *(line.cells for line in self.lines))):
                for column, cell in enumerate(cells):
                    if isinstance(cell, int):
                        sheet.write_number(row, column, cell)
                    elif cell.startswith("="):
                        sheet.write_formula(row, column, cell)
                    else:
                        sheet.write_string(row, column, cell)

    # --- rows ----------------------------------------------------------------------------------

    def _fresh(self) -> str:
        """Return a number that nobody has had so far, in E.164."""
        self._taken += 1
        return f"+2547{self._taken:08}"

    def _row(self, phone: Cell, **said: Cell) -> list[Cell]:
        """Return a row with nothing wrong in it but what is *said* by column."""
        choice = self._dice.choice
        cells: list[Cell] = [
            *(choice(_NAMES), phone, choice(_LANGUAGES), choice(_SITES), choice(_ROLES)),
            *(choice(_GENDERS), choice(_FORMALITIES), choice(("", "pilote 1"))),
            *(choice(_YES), choice(_DAYS), choice(("", "réunion à l'école"))),
        ]
        for column, cell in said.items():
            cells[_PLACE[column]] = cell
        return cells

    def spelled(self, number: str) -> Cell:
        """Return *number* as somebody types it, or as a spreadsheet spoilt it."""
        whole = number.removeprefix("+254")
        a, b, c = whole[:3], whole[3:6], whole[6:]
        return self._dice.choice(
            (
                *(number, f"0{whole}", whole, int(whole), f"254{whole}", f"'0{whole}"),
                *(f"+254 {a} {b} {c}", f"  0{a} {b} {c} ", f"0{a}-{b}-{c}", f"(0{a}) {b}.{c}"),
                *(f"00254{whole}", f"00 254 {a} {b} {c}", f"+254\u00a0{a}\u00a0{b}{c}"),
                f"0{a}/{b}/{c}",
            )
        )


_Maker: TypeAlias = Callable[[MessyList, str], Line]


def _new(said: Callable[[Random], Mapping[str, Cell]] = lambda _: {}) -> _Maker:
    def made(its: MessyList, kind: str) -> Line:
        number = its._fresh()
        its._before.append(number)
        cells = its._row(its.spelled(number), **said(its._dice))
        return Line(kind, cells, Verdict.NEW, ending=number[-2:])

    return made


def _wrong(why: Why, said: Callable[[Random], Mapping[str, Cell]]) -> _Maker:
    """Make rows with a good number and one cell that nobody understands."""

    def made(its: MessyList, kind: str) -> Line:
        number = its._fresh()
        cells = its._row(its.spelled(number), **said(its._dice))
        return Line(kind, cells, Verdict.BAD, why, number[-2:])

    return made


def _no_number(phones: Sequence[str]) -> _Maker:
    def made(its: MessyList, kind: str) -> Line:
        phone = its._dice.choice(phones)
        ending = "".join(letter for letter in phone if letter.isdigit())[-2:]
        why = Why.NOT_A_NUMBER if phone.strip() else Why.NO_PHONE
        return Line(kind, its._row(phone), Verdict.BAD, why, ending)

    return made


def _twice(its: MessyList, kind: str) -> Line:
    number = its._dice.choice(its._before)
    cells = its._row(its.spelled(number), **_SILENT)
    return Line(kind, cells, Verdict.DUPLICATE, ending=number[-2:])


#: What a row of somebody who is known says of them: nothing.
_SILENT: Mapping[str, Cell] = dict.fromkeys(("Site", "Rôle", "Genre", "Formalité", "Cohorte"), "")


def _there(verdict: Verdict, who: str, **said: Cell) -> _Maker:
    """Make rows of people who are among *who* before the list comes."""

    def made(its: MessyList, kind: str) -> Line:
        number = its._fresh()
        getattr(its, who).append(number)
        cells = its._row(its.spelled(number), **{**_SILENT, **said})
        return Line(kind, cells, verdict, ending=number[-2:])

    return made


def _empty(its: MessyList, kind: str) -> Line:
    return Line(kind, its._dice.choice(([], ["", ""], ["  ", "", " "])), None)


def _short(its: MessyList, kind: str) -> Line:
    """Make a row that ends before it says whether they agreed."""
    number = its._fresh()
    cells = its._row(its.spelled(number))[: _PLACE["Rôle"] + 1]
    return Line(kind, cells, Verdict.BAD, Why.NO_CONSENT, number[-2:])


def _long(its: MessyList, kind: str) -> Line:
    line = _new()(its, kind)
    return Line(kind, [*line.cells, "", "vu le 3 mai", "=1+1"], line.verdict, ending=line.ending)


def _one(column: str, cells: Sequence[Cell]) -> Callable[[Random], Mapping[str, Cell]]:
    return lambda dice: {column: dice.choice(cells)}


#: How often a kind of row comes, in a thousand, and who makes it. The first is what others repeat.
_KINDS: Mapping[str, tuple[int, _Maker]] = {
    "new": (480, _new()),
    "twice": (120, _twice),
    "adds": (60, _there(Verdict.CHANGED, "known", Genre="femme")),
    "adds nothing": (50, _there(Verdict.UNCHANGED, "known", Rôle="creuseur")),
    "another person": (30, _there(Verdict.CHANGED, "known", Rôle="acheteur")),
    "stopped": (20, _there(Verdict.STOPPED, "stopped")),
    "shut": (20, _there(Verdict.STOPPED, "shut")),
    "no phone": (20, _no_number(("", "  "))),
    "no number": (30, _no_number(_NO_NUMBERS)),
    "formula for a number": (30, _no_number(FORMULAS)),
    "formula that is kept": (20, _new(_one("Cohorte", _SHORT_FORMULAS))),
    "formula of how": (15, _new(_one("Comment", FORMULAS))),
    "formula of work": (10, _wrong(Why.ROLE, _one("Rôle", FORMULAS))),
    "formula of a site": (10, _wrong(Why.SITE, _one("Site", FORMULAS))),
    "formula of a language": (5, _wrong(Why.LANGUAGE, _one("Langue", FORMULAS))),
    "wrong encoding": (10, _wrong(Why.ROLE, _one("Rôle", ("propriÃ©taire", "mÃ©tier", "lav?")))),
    "no consent": (10, _wrong(Why.NO_CONSENT, _one("Consentement", ("non", "", "?", "=1")))),
    "no day": (10, _wrong(Why.NO_DAY, _one("Date du consentement", ("31/02/2026", "hier")))),
    "day to come": (5, _wrong(Why.NO_DAY, _one("Date du consentement", ("2026-05-13",)))),
    "too long": (5, _wrong(Why.TOO_LONG, _one("Cohorte", ("x" * 17,)))),
    "no such site": (10, _wrong(Why.SITE, _one("Site", ("ZZ99", "carrière nord")))),
    "no such gender": (5, _wrong(Why.GENDER, _one("Genre", ("?", "x")))),
    "no such papers": (5, _wrong(Why.FORMALITY, _one("Formalité", ("peut-être",)))),
    "empty": (10, _empty),
    "short": (5, _short),
    "long": (5, _long),
}
