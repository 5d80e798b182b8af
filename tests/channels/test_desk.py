from sqlalchemy.exc import OperationalError

from channels.desk import Desk, carefully
from channels.ledger import Settled, State

FACT = Settled("1", "sms", "r", "reply", State.ACCEPTED)


async def test_who_hears_badly_is_not_told_again_by_force():
    async def heed(_fact):
        raise ZeroDivisionError

    assert not await Desk(None, None, "me", heed, None).tell(FACT)


async def test_everything_is_told_and_nothing_is_not():
    heard = []

    async def heed(fact):
        heard.append(fact)

    desk = Desk(None, None, "me", heed, None)
    assert await desk.tell(FACT)
    assert await desk.tell(None)
    assert heard == [FACT]


async def test_what_goes_wrong_is_logged_and_survived(logged):
    async def away():
        raise OperationalError("", {}, Exception("locked"))

    async def broken():
        raise ZeroDivisionError

    assert not await carefully(away())
    assert not await carefully(broken())
    assert "sender.database_away" in logged.getvalue()
    assert "sender.failed" in logged.getvalue()
