"""What ``/metrics`` shows: counts and seconds, never a name, a number or a word."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

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
SENDS = Counter(
    "baraza_sends",
    "Messages settled, by channel and result",
    ["channel", "result"],
    registry=REGISTRY,
)
QUEUE = Gauge(
    "baraza_outbox_open",
    "Messages that wait to be sent, by channel",
    ["channel"],
    registry=REGISTRY,
)
OVERDUE = Gauge("baraza_cases_overdue", "Cases with a deadline that has passed", registry=REGISTRY)
FOLLOW_UPS = Counter("baraza_follow_ups", "Follow-ups done, by kind", ["kind"], registry=REGISTRY)
ALARMS = Gauge("baraza_alarms", "Alarms that stand in the console", registry=REGISTRY)
