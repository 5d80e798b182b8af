"""Reads every text that leaves, in every language, as a strict editor would.

``python -m bots.wording`` says what is wrong and fails: a basic phone must get each message as
one plain SMS, and whoever looks over a shoulder must learn nothing from it.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from string import Formatter
from typing import Final

from bots import router
from bots.conversation import Prompt
from bots.rendering import render
from bots.report import first_menu, report, second_menu
from bots.sorting import RESERVED, offered
from channels import segments
from channels.base import Style
from grievances.taxonomy import DEFAULT
from locales import BASE, folded, languages, translate
from locales.catalogues import DOMAINS, template
from outreach.rule_texts import TITLE_UNITS, Variant

#: The longest that may come where a text has a place to fill.
SAMPLES: Final = {
    "code": "1234-5678-90123-4",
    "site": "Upper Long Valley East",
    "title": "t" * TITLE_UNITS[Variant.SMS],
    "date": "30 Sept 2027",
    "number": "1234",
    "body": "Forum of the Upper Valley",
    "outcome": "o" * 80,
    "day": "30 Sept 2027",
    "count": "365",
    "language": "Kiswahili",
    "work": "Crusher or processor",
    "gender": "A woman",
    "papers": "I do not want to say",
}

#: Words that tell other eyes what this is about. Only the choices of a menu may hold them: a menu
#: says the same to everybody. «anonymous» is here because nobody who writes an SMS is.
REVEALING: Final = frozenset(
    {"anonymous", "abuse", "bribe", "bribes", "corruption", "crime", "gun", "guns", "mercury"}
    | {"police", "rape", "soldier", "soldiers", "witness", "threat", "accused", "complaint"}
    | {"anonyme", "abus", "mercure", "plainte", "denonciation", "soldat", "soldats", "temoin"}
    | {"viol", "violence", "menace", "rushwa", "polisi", "ufisadi", "malalamiko", "lalamiko"}
    | {"wanajeshi", "askari", "zebaki", "ubakaji", "shahidi", "tishio", "ukatili", "bila jina"}
)

#: Bytes that Telegram carries back from a button.
_BUTTON_BYTES: Final = 64


def prompts() -> list[tuple[str, Prompt]]:
    """Return every prompt that offers choices, with a name to find it by."""
    asked = {
        f"{name}.{step}": prompt
        for name, conversation in router.OPENINGS.items()
        for step, prompt in conversation.questions().items()
    }
    rooms = (module for name, module in sorted(sys.modules.items()) if name.startswith("bots."))
    written = {
        f"{module.__name__.removeprefix('bots.')}.{name}": value
        for module in rooms
        for name, value in vars(module).items()
        if isinstance(value, Prompt) and value not in asked.values()
    }
    every = asked | written | _sorting()
    return [(name, prompt) for name, prompt in every.items() if prompt.choices]


def _sorting() -> dict[str, Prompt]:
    """Return the menus of what a report is about, as a fresh installation has them."""
    branches = offered(DEFAULT, BASE)
    deeper = {branch.choice.key: second_menu(branch) for branch in branches if branch.behind}
    named = {"group": first_menu(branches), **deeper}
    return {f"{report.name}.{name}": prompt for name, prompt in named.items()}


def problems(language: str) -> Iterator[str]:
    """Say everything that is wrong with what is said in *language*."""
    labels = {choice.label for _, prompt in prompts() for choice in prompt.choices}
    for msgid in _texts():
        yield from _wrong_text(msgid, language, label=msgid in labels)
    for name, prompt in prompts():
        yield from (f"{name}: {problem}" for problem in _wrong_prompt(name, prompt, language))


@cache
def _texts() -> tuple[str, ...]:
    """Return every text that the bots may say, each once."""
    return tuple({str(message.id): None for message in template(DOMAINS[0]) if message.id})


def _wrong_text(msgid: str, language: str, *, label: bool) -> Iterator[str]:
    for sms in (False, True):
        text = _filled(translate(msgid, language, sms=sms))
        if sms:
            yield from _wrong_size(text)
        if not label:
            yield from (f"reveals what it is about: {word!r} in {text!r}" for word in _shown(text))
        if "{code}" in msgid and SAMPLES["code"] not in text:
            yield f"does not say the code: {text!r}"


def _filled(text: str) -> str:
    places = {name for _, name, _, _ in Formatter().parse(text) if name}
    return text.format(**{name: SAMPLES[name] for name in places})


def _wrong_size(text: str) -> Iterator[str]:
    if guilty := segments.foreign(text):
        yield f"not for a basic phone, because of {' '.join(guilty)}: {text!r}"
    if (size := segments.count(text)).segments > 1:
        yield f"{size.units} units, more than one SMS: {text!r}"


def _shown(text: str) -> set[str]:
    return _words(text) & REVEALING


def _words(text: str) -> set[str]:
    return set(folded("".join(c if c.isalnum() else " " for c in folded(text))).split())


def _wrong_prompt(name: str, prompt: Prompt, language: str) -> Iterator[str]:
    sms = render(prompt, language, Style.SMS, tag=name).text
    yield from _wrong_size(sms)
    if prompt.protect or "{code}" in prompt.msgid:
        yield "a receipt code stands alone, never above choices"
    for word in sorted(_words(sms) & RESERVED):
        yield f"a carrier would take {word!r} for a command: {sms!r}"
    for style in (False, True):
        labels = [folded(c.text(language, sms=style)) for c in prompt.choices]
        yield from (f"two choices are both {label!r}" for label in _twice(labels))
    yield from (
        f"two choices are both {digit}" for digit in _twice(c.digit for c in prompt.choices)
    )
    for row in render(prompt, language, Style.CHAT, tag=name).buttons:
        for button in row:
            if len(button.data.encode()) > _BUTTON_BYTES:
                yield f"too long for a button: {button.data!r}"


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def main() -> int:
    """Print what is wrong in any language; return the exit status."""
    found = [f"{tag}: {problem}" for tag in languages() for problem in problems(tag)]
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    sys.stdout.write(f"wording: {len(found)} problems\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
