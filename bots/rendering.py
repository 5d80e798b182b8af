"""From a prompt to a message: translated, filled, and shaped for the channel's style."""

from bots.conversation import Choice, Dialogue, Prompt
from channels.base import Button, Outbound, Style

#: Characters up to which two labels share one row of buttons on a narrow phone.
_NARROW = 14


def tag(dialogue: Dialogue) -> str:
    """Return what names the question that *dialogue* waits at, inside a button's data."""
    return f"{dialogue.conversation}.{dialogue.step}"


def pressed(data: str) -> str:
    """Return the key of the choice behind a button's data, whatever question it was under."""
    return data.rpartition(":")[2]


def render(line: Prompt, language: str, style: Style, *, tag: str) -> Outbound:
    """Return *line* as it travels: numbered lines in an SMS or a text, rows of buttons in a chat.

    *tag* goes into the buttons' data (Telegram carries at most 64 bytes back).
    """
    sms = style is Style.SMS
    text = line.text(language, sms=sms)
    if style is not Style.CHAT:
        labelled = ((c.digit, c.text(language, sms=sms)) for c in line.choices)
        # The steps of a scale that are numbers and no more are told by the question.
        numbered = (f"{digit} {label}" for digit, label in labelled if label != digit)
        return Outbound("\n".join((text, *numbered)), protect=line.protect)
    return Outbound(text, _rows(line.choices, language, tag), protect=line.protect)


def _rows(choices: tuple[Choice, ...], language: str, tag: str) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons, two in a row where both labels are short."""
    rows: list[tuple[Button, ...]] = []
    for choice in choices:
        button = Button(choice.digit, choice.text(language), f"{tag}:{choice.key}")
        if rows and len(rows[-1]) == 1 and _fits(rows[-1][0]) and _fits(button):
            rows[-1] = (rows[-1][0], button)
        else:
            rows.append((button,))
    return tuple(rows)


def _fits(button: Button) -> bool:
    return len(button.label) <= _NARROW
