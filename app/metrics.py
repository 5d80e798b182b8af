"""What ``/metrics`` shows: counts and seconds, never a name, a number or a word.

What all processes share is read from the database when somebody asks (``app.measures``), so
that whichever of them answers tells the same.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

REGISTRY = CollectorRegistry()


class Totals(Collector):
    """Counts that all processes share: kept in the database, and set here as they stand there."""

    def __init__(self, name: str, documentation: str, labels: list[str]) -> None:
        self._name = name
        self._documentation = documentation
        self._labelnames = labels
        self._totals: Mapping[tuple[str, ...], int] = {}
        REGISTRY.register(self)

    def set(self, totals: Mapping[tuple[str, ...], int]) -> None:
        """Show these from now on, by the values of the labels."""
        self._totals = totals

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Hand the present totals to the page."""
        family = CounterMetricFamily(self._name, self._documentation, labels=self._labelnames)
        for labels, total in sorted(self._totals.items()):
            family.add_metric(labels, total)
        yield family


def _gauge(name: str, documentation: str, *labels: str) -> Gauge:
    return Gauge(f"baraza_{name}", documentation, labels, registry=REGISTRY)


# --- what this process does -------------------------------------------------------------------

HOOKS = Counter(
    "baraza_hooks",
    "Hooks answered, by channel and HTTP status",
    ["channel", "status"],
    registry=REGISTRY,
)
TURNS = Histogram(
    "baraza_turn_seconds",
    "From a hook's arrival to its committed turn",
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10),
)
HELD = Counter(
    "baraza_turns_held", "Turns that failed and wait to be played again", registry=REGISTRY
)
FOLLOW_UPS = Counter("baraza_follow_ups", "Follow-ups done, by kind", ["kind"], registry=REGISTRY)

# --- what needs somebody ----------------------------------------------------------------------

OVERDUE = _gauge("cases_overdue", "Cases with a deadline that has passed")
ALARMS = _gauge("alarms", "Alarms that stand in the console")

# --- the delivery engine, by line -------------------------------------------------------------

SENDS = Totals("baraza_sends", "Messages settled, by line and result", ["channel", "result"])
QUEUE = _gauge("outbox_open", "Messages that wait to be sent", "channel", "kind")
OLDEST = _gauge(
    "outbox_oldest_seconds", "How long the first of them has waited", "channel", "kind"
)
FLYING = _gauge("outbox_in_flight", "Messages at the provider, not answered yet", "channel")
DOUBTFUL = _gauge("outbox_unknown", "Messages that the provider may have taken", "channel")
PACE = _gauge("line_per_second", "What may leave in a second: segments for SMS", "channel")
OWNED = _gauge("line_owned", "1 while a process sends on the line", "channel")
PAUSED = _gauge("line_paused", "1 while staff have paused the line", "channel")
RESTS = _gauge("line_rests_seconds", "How long the line still rests", "channel")
TROUBLES = _gauge("line_troubles", "Failures in a row; what goes well ends it", "channel")
LAST_SENT = _gauge("line_last_sent_timestamp_seconds", "When the last message left", "channel")
DEAD = _gauge("dead_letters", "Messages that will not arrive by themselves")
INBOX_HELD = _gauge("inbox_held", "Messages that came and whose turn is taken again")
SPOOL = _gauge("spool_bytes", "What came while the database was away, on this machine")
DATABASE = _gauge("database_up", "1 when the database answered this very question")
