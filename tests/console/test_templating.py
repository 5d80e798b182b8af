from datetime import timedelta
from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError

from console import templating


def rendered(source, language="en", **values):
    return templating.environment(language).from_string(source).render(**values)


def test_what_people_wrote_is_escaped():
    assert rendered("{{ text }}", text="<script>") == "&lt;script&gt;"


def test_paragraphs_and_lines_stay_as_they_were_written():
    text = "one & two\nthree\r\n\r\n\n<b>four</b>\n\n"
    said = rendered("{{ text|paragraphs }}", text=text)
    assert said == "<p>one &amp; two<br>three</p><p>&lt;b&gt;four&lt;/b&gt;</p>"


def test_a_misspelt_name_is_an_error():
    with pytest.raises(UndefinedError):
        rendered("{{ nmae }}")


@pytest.mark.parametrize(("tag", "name"), [("sw", "Kiswahili"), ("xx", "xx")])
def test_a_language_is_called_as_its_speakers_do(tag, name):
    assert templating.language_name(tag) == name


@pytest.mark.parametrize(
    ("warn", "due", "tone"),
    [(1, 2, "calm"), (-1, 1, "soon"), (0, 1, "soon"), (-2, -1, "over"), (-2, 0, "over")],
)
def test_a_deadline_looks_as_near_as_it_is(now, warn, due, tone):
    deadline = SimpleNamespace(
        warn_at=now + timedelta(hours=warn), due_at=now + timedelta(hours=due)
    )
    assert rendered("{{ deadline|tone }}", now=now, deadline=deadline) == tone


def test_no_deadline_is_calm(now):
    deadline = SimpleNamespace(warn_at=None, due_at=None)
    assert rendered("{{ deadline|tone }}", now=now, deadline=deadline) == "calm"


TEMPLATES = sorted(templating.FOLDER.rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_script_or_style(template):
    text = template.read_text("utf-8")
    for forbidden in ("style=", "<style", "onclick", "onload", "hx-on", "javascript:", "|safe"):
        assert forbidden not in text
    assert text.count("<script") == text.count("<script src=")


def test_shares_and_spans_are_told_as_people_do():
    assert rendered("{{ 0.856|share }}") == "86%"
    assert rendered("{{ 90|lasted }}") == "1 h"
    assert rendered("{{ 0.5|share }}", "fr").endswith("%")
