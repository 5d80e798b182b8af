"""What the pages are handed when the application is put together."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from aiohttp import web

from channels.base import Arrival
from grievances.almanac import Almanac
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.categories import Register
from grievances.taxonomy import Taxonomy
from outreach.approvals import Office
from outreach.recipients import all_in
from storage.engine import Database
from vault.keyring import Keyring

#: The languages of the console. What miners read has many more.
LANGUAGES = {"en": "English", "fr": "Français"}


def _no_lines() -> Office:
    """Stand in where no line is set up: nobody can be reached."""
    return Office({}, all_in("UTC"), UTC)


async def _unheard(_arrival: Arrival) -> None:
    """Stand in for the inbox where there is no simulator."""


@dataclass(frozen=True)
class Services:
    """Everything from outside that a page may use.

    *hear* takes what a simulated phone says or reports through the very same inbox as a
    provider's webhook; *lines* are the carriers that are set up; *office* is by what broadcasts
    are reckoned; *region* is the country of numbers without a +; *mails*: members can be mailed.
    """

    database: Database
    keyring: Keyring
    now: Callable[[], datetime]
    public_url: str
    simulator: bool = False
    hear: Callable[[Arrival], Awaitable[None]] = _unheard
    almanac: Almanac = field(default_factory=lambda: Almanac(PLAIN_WEEK))
    register: Register = field(default_factory=Register)
    default_language: str = "en"
    region: str = "KE"  # ISO country of telephone numbers that are written without +
    lines: Collection[str] = ()
    office: Callable[[], Office] = _no_lines
    mails: bool = False

    @property
    def calendar(self) -> Calendar:
        """The forum's calendar, as this process last read it."""
        return self.almanac.calendar

    @property
    def taxonomy(self) -> Taxonomy:
        """What a case can be about, as this process last read it."""
        return self.register.taxonomy

    @property
    def zone(self) -> tzinfo:
        """The time zone in which the forum works and the pages tell the time."""
        return self.calendar.zone

    @property
    def https(self) -> bool:
        """Whether browsers reach us over TLS, so that cookies may insist on it."""
        return self.public_url.startswith("https://")


SERVICES = web.AppKey("services", Services)


def services_of(request: web.Request) -> Services:
    """Return what this application's pages were handed."""
    return request.config_dict[SERVICES]
