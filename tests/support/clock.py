"""A clock that can be put forward and back while it runs."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time of our machine, which may be wrong; a call of it returns now."""

    def __init__(self) -> None:
        self.passed = timedelta(0)  # for everybody, while nobody waited for it
        self.ahead = timedelta(0)  # of everybody else

    def __call__(self) -> datetime:
        return self.true() + self.ahead

    def true(self) -> datetime:
        """Return what the clocks of others say."""
        return datetime.now(UTC) + self.passed
