"""Fifty thousand phones answer eight questions; the page tells their own count, and is quick."""

import os
import statistics
import time

import pytest

from outreach import survey_results, survey_tallies, surveys
from tests.support import surveying

PHONES = int(os.environ.get("SOAK_PHONES", "50000"))

#: Seconds within which the page has what it shows (the issue: 150 ms at the 95th percentile).
WITHIN = 0.150
LOOKS = 40


@pytest.fixture
def carrier():
    """No provider is needed here."""


async def test_fifty_thousand_phones_are_counted_as_they_count_themselves(database, keyring, now):
    house, ids = await surveying.simulated(database, keyring, now, PHONES)
    began = time.monotonic()
    await house.run()
    taken = time.monotonic() - began
    async with database.reading() as db:
        whole = await survey_tallies.whole(db, house.survey.id)
        taking = (await survey_tallies.taking(db, [house.survey.id]))[house.survey.id]
    found = {
        mark: {code: one.n for code, one in whole.get(question, {}).items() if one.n}
        for mark, question in ids.items()
    }
    assert found == house.counted()
    assert (taking.started, taking.done) == (house.started, house.done)
    looks = [await _look(database, house.survey, n) for n in range(LOOKS)]
    p95 = statistics.quantiles(looks, n=20)[-1]
    print(f"\n{PHONES} phones in {taken:.0f} s, p95 of the counts {p95 * 1000:.0f} ms")
    assert p95 <= WITHIN


async def _look(database, survey, n):
    """Read and reckon what one look at the page shows; return how long that took."""
    by = (None, *survey_tallies.SPLITS)[n % 5]
    began = time.perf_counter()
    async with database.reading() as db:
        asked = await surveys.questionnaire(db, survey)
        tally = await survey_results.tally(db, survey.id, by)
    survey_results.reckoned(asked, tally, split=by is not None)
    return time.perf_counter() - began
