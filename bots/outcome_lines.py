"""What came of a discussion, as a phone is told: nothing in it says that anybody told anything."""

from datetime import date

from bots.report_back import FORUM, TOLD
from channels import segments
from channels.base import Style
from locales import translate
from outreach.day_words import told
from outreach.discussions import Outcomes, wording


def line(
    texts: Outcomes,
    language: str,
    base: str,
    *,
    body: str,
    day: date,
    today: date,
    style: Style,
) -> tuple[str, str] | None:
    """Return the language and the words for who speaks *language*; None: there are none.

    *base* stands in for languages that have none. *body*: its name; empty: the forum as a whole.
    All of it is in one language: that of the words.
    """
    found = wording(texts, language, base)
    if found is None:
        return None
    tag, outcome = found
    sms = style is Style.SMS
    text = translate(TOLD, tag, sms=sms).format(
        body=body or translate(FORUM, tag, sms=sms),
        date=told(day, tag, today, sms=sms),
        outcome=outcome.text(sms=sms),
    )
    return tag, segments.fold(text) if sms else text
