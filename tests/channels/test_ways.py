from channels.base import Style
from channels.limiter import PACES
from channels.routing import Routing
from channels.ways import Way, ways

STYLES = {"gateway": Style.SMS, "sms": Style.SMS, "telegram": Style.CHAT}


def test_each_channel_is_reached_by_its_preferred_line():
    found = ways(STYLES, Routing(tuple(STYLES)), PACES)
    assert found == {
        "sms": Way("gateway", Style.SMS, PACES["gateway"].per_second),
        "telegram": Way("telegram", Style.CHAT, PACES["telegram"].per_second),
    }


def test_where_no_line_is_set_up_nobody_is_reached():
    assert ways({}, Routing(), PACES) == {}
