"""Steps of conversation a second: what is heard goes in, what is said comes out, rendered."""

import time
from collections.abc import AsyncIterator

from bots.conversation import Dialogue, Event, Outcome, Prompt, Said
from bots.effects import CaseDescribed, CaseFiled
from bots.rendering import render, tag
from bots.router import OPENINGS, Continue, route
from bots.sorting import offered
from channels.base import Style
from grievances.taxonomy import DEFAULT
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale

#: A whole report in five steps: story, category, kind, place, safety.
SCRIPT = ("REPORT", "The tunnel has fallen in", "2", "3", "KB12", "1")

SECONDS = 2.0

GRANTS: dict[str, Event] = {
    "FileCase": CaseFiled("0" * 32, "1234-5678-90123-4", offered(DEFAULT, "en")),
    "DescribeCase": CaseDescribed(),
}


def play(language: str, style: Style) -> int:
    """Play the script once; return how many steps that were."""
    dialogue: Dialogue | None = None
    for text in SCRIPT:
        way = route(Said(text, language), dialogue)
        if isinstance(way, Continue):
            outcome = OPENINGS[way.dialogue.conversation].hear(way.dialogue, way.event)
        else:
            outcome = OPENINGS[way.conversation].begin(way.said)
        dialogue = _say(outcome, language, style)
    return len(SCRIPT)


def _say(outcome: Outcome, language: str, style: Style) -> Dialogue | None:
    while True:
        name = tag(outcome.dialogue) if outcome.dialogue else ""
        for line in outcome.say:
            assert isinstance(line, Prompt)
            render(line, language, style, tag=name)
        if outcome.do is None or outcome.dialogue is None:
            return outcome.dialogue
        conversation = OPENINGS[outcome.dialogue.conversation]
        outcome = conversation.hear(outcome.dialogue, GRANTS[type(outcome.do).__name__])


def _rate(step: object) -> float:
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        steps += step()  # type: ignore[operator]
    return steps / (time.perf_counter() - began)


async def measure(_scale: Scale) -> AsyncIterator[Result]:
    """Compare with the bare formatting of as many messages."""
    ours = _rate(lambda: sum(play(language, Style.SMS) for language in ("en", "fr", "sw")))
    texts = ["1 {a}\n2 {b}"] * len(SCRIPT)
    floor = _rate(lambda: len([text.format(a="Danger", b="Work") for text in texts]))
    yield Result("engine", ours, "steps/s", floor)
