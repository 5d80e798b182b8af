"""How grave a matter is. Four steps; the lower number is the graver."""

from enum import StrEnum


class Severity(StrEnum):
    """How fast the secretariat must act."""

    S1 = "S1"  # life or liberty now: trapped, armed attack, rape, a threat to the reporter
    S2 = "S2"  # serious harm: OECD Annex II abuse, forced labour, poisoning, retaliation
    S3 = "S3"  # rights and livelihood
    S4 = "S4"  # service or a question

    def graver_than(self, other: "Severity") -> bool:
        """Whether this comes before *other*."""
        return self.value < other.value

    @property
    def one_graver(self) -> "Severity":
        """The next step up; the gravest is its own."""
        steps = list(Severity)
        return steps[max(steps.index(self) - 1, 0)]


#: What nobody has sorted yet: an unread report is never treated as a mere question.
UNSORTED = Severity.S3
