"""How large a benchmark is: as the design asks, or a tenth of it for a look (``--quick``)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """*quick*: a tenth of the people and of the time. *writes*: the pages tell the figures."""

    quick: bool = False
    writes: bool = True

    def people(self, number: int) -> int:
        """Return how many instead of *number*."""
        return max(number // 10, 1) if self.quick else number

    def seconds(self, number: float) -> float:
        """Return how long instead of *number* seconds; at least three."""
        return max(number / 10, 3.0) if self.quick else number
