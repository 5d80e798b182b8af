"""What a list keeps of made-up phones, as a conversation hears it, without a database."""

from datetime import UTC, date, datetime

from bots import known_lines
from channels.base import Style
from outreach.known import Entry, Known, Learning, Person
from outreach.learners import State as Learns
from outreach.profiles import Profile
from outreach.subscribers import State

TODAY = date(2026, 5, 12)
SINCE = datetime(2026, 2, 1, 9, tzinfo=UTC)
DIGGER = Person(
    "KB12 \u00b7 Kabira Hill",
    Profile("s" * 32, "digger", "woman", "in_process"),
    place="Kabira Hill",
)
STRANGER = Person(None, Profile(role="leader"), SINCE)


def kept(*people, language="sw", how=None, listed=False, **more):
    """Return what is kept of a phone with *people* on it."""
    entry = Entry(State.ACTIVE, SINCE, language, None, None, how, None, listed, uncalled=False)
    plain = {"learning": [], "stopped_at": None}
    return Known("sms", entry, people, **{**plain, **more})


def one(_effect, language):
    """Return one person, who came by their own word."""
    return known_lines.found(kept(DIGGER, language=language), language, Style.SMS, TODAY)


def two(_effect, language):
    """Return two, of a file, who have had lessons, and from whose phone STOP was sent."""
    lessons = [Learning("Mercury", Learns.ACTIVE, SINCE, 1, 1, 1)]
    more = {"learning": lessons, "stopped_at": SINCE}
    here = kept(DIGGER, STRANGER, language=language, listed=True, **more)
    return known_lines.found(here, language, Style.SMS, TODAY)
