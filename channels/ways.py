"""How each kind of address is reached from here: by which line, in which style, how fast.

Upper rooms know a channel («sms»); which carrier's line that is, and what it lets through, is the
installation's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.base import Style
from channels.limiter import Pace
from channels.routing import Routing, kind


@dataclass(frozen=True, slots=True)
class Way:
    """The line of one channel. *per_second*: segments for SMS, else messages."""

    line: str
    style: Style
    per_second: float


def written(ways: Mapping[str, Way]) -> dict[str, Way]:
    """Return those of *ways* by which people are written to, and not called up."""
    return {name: way for name, way in ways.items() if way.style is not Style.VOICE}


def ways(
    styles: Mapping[str, Style], routing: Routing, paces: Mapping[str, Pace]
) -> dict[str, Way]:
    """Return how each channel is reached; *styles* and *paces* are those of the lines.

    What is planned goes to the preferred line of its channel; the sender hands single numbers
    over to another (``channels.picking``).
    """
    preferred = {kind(line): routing.default(kind(line)) for line in styles}
    return {
        channel: Way(line, styles[line], paces.get(line, Pace()).per_second)
        for channel, line in preferred.items()
    }
