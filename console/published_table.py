"""A table that may be shown to anybody, in the words of a language."""

from collections.abc import Sequence

from console import statistics_words as words
from console.sheets import Grid, Value
from console.words import in_words
from forum.circulation import TOTAL
from grievances.releases import UNKNOWN, Release
from grievances.taxonomy import DEFAULT, Taxonomy


def grid_of(release: Release, language: str, taxonomy: Taxonomy = DEFAULT) -> Grid:
    """Return a header, a row a district and a row of totals; the last column is of totals.

    A hidden count is a word, so that nobody adds it up as a zero.
    """
    table = release.table
    header = [in_words(words.DISTRICT, language), *_heads(table.columns, language, taxonomy)]
    rows = [
        [_district(row, language), *_values(release, row, language)]
        for row in (*table.rows, TOTAL)
    ]
    return [header, *rows]


def _heads(columns: Sequence[str], language: str, taxonomy: Taxonomy) -> list[Value]:
    known = taxonomy.categories
    labels = [words.UNSORTED if column == UNKNOWN else known[column].label for column in columns]
    return [in_words(label, language) for label in (*labels, words.ALL)]


def _district(row: str | None, language: str) -> Value:
    if row is TOTAL:
        return in_words(words.ALL, language)
    return in_words(words.NO_DISTRICT, language) if row == UNKNOWN else row


def _values(release: Release, row: str | None, language: str) -> list[Value]:
    found = [release.table.at(row, column) for column in (*release.table.columns, TOTAL)]
    return [in_words(words.HIDDEN, language) if n is None else n for n in found]
