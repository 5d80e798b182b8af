"""``kill -9`` at points that nobody chose: a few of the kills that ``make soak`` does many of."""

from storage.engine import connect
from tests.end_to_end.conftest import Installation
from tests.support.kills import Kills
from vault import keyring as keys


async def test_killed_in_the_middle_it_loses_nothing_and_doubles_nothing(
    twilio, telegram, tmp_path
):
    def opened():
        return connect(f"sqlite:///{tmp_path}/baraza.db", tmp_path), keys.load(tmp_path / "keys")

    counts = await Kills(Installation(tmp_path), opened, twilio, telegram).soak(4, longest=4.0)
    print(counts)
    assert counts.wrong == {}
    assert counts.reports > 5
    assert counts.questions > 20
    assert counts.sent > 20  # on a slow machine staff may not get a word in; the soak waits
    assert (twilio.violations, telegram.violations) == ([], [])
