"""A category that a forum adds of its own."""

from grievances.category import Area, Category, Name, Risk
from grievances.severity import Severity

DUST = Category(
    "DUST",
    0,
    5,
    Severity.S3,
    "",
    ("environment", "health"),
    risks=frozenset({Risk.DUES}),
    areas=frozenset({Area.SAFETY, Area.ENVIRONMENT}),
    position=1,
    names={"en": Name("Dust from mills", "Dust", "Dust"), "sw": Name(choice="Vumbi")},
)
