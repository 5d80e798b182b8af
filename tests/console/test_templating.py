import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from babel.numbers import format_decimal, format_percent
from jinja2 import UndefinedError

from console import templating
from console.notices import Notice


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


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        ("1", "en", "A test leaves to 1 phone in a few seconds."),
        ("2", "en", "A test leaves to 2 phones in a few seconds."),
        ("1", "fr", "Un essai part vers 1 téléphone dans quelques secondes."),
        ("2", "fr", "Un essai part vers 2 téléphones dans quelques secondes."),
    ],
)
def test_a_notice_counts_in_the_readers_language(count, language, said):
    notice = Notice("broadcast_tested", {"count": count})
    assert rendered("{{ notice|said }}", language, notice=notice) == said


TEMPLATES = sorted(templating.FOLDER.rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_script_or_style(template):
    text = template.read_text("utf-8")
    for forbidden in ("style=", "<style", "onclick", "onload", "hx-on", "javascript:", "|safe"):
        assert forbidden not in text
    assert text.count("<script") == text.count("<script src=")


#: What begins and ends a line of its own on a page, so that no blank is needed beside it.
OWN_LINE = re.compile(
    "address|article|aside|audio|blockquote|body|br|datalist|dd|defs|details|div|dl|dt|fieldset"
    "|figcaption|figure|footer|form|h[1-4]|head|header|hr|html|img|input|label|legend|li|link|main"
    "|meta|nav|ol|optgroup|option|p|pattern|pre|rect|section|select|summary|svg|table|tbody|td"
    "|textarea|th|thead|title|tr|ul|video"
)


def joined(source):
    """Return the lines of a template on which words meet without the blank that the line break is.

    Jinja drops the break after a block's tag and the indent before one. So two pieces of text,
    each in blocks of its own, have nothing between them.
    """
    found, before, inside, broken = [], "", False, False
    branches, tag, tokens = [], [], templating.environment("en").lex(source)
    for line, kind, value in tokens:
        if kind in {"block_begin", "variable_begin"}:
            tag = []
        elif kind == "block_end":
            before, broken = _past(next(iter(tag), ""), before, branches, broken=broken)
            broken = broken or value.endswith("\n")
        elif kind in {"data", "variable_end"}:
            # What a macro gives may be anything; what it stands in says more.
            shown = value if kind == "data" else "" if "(" in tag else "words"
            if broken and not inside and shown and _meet(before, shown):
                found.append(line)
            if kind == "data" and ("<" in value or ">" in value):
                inside = value.rfind("<") > value.rfind(">")
            before, broken = shown, False
        elif kind in {"name", "operator"}:
            tag.append(value)
    return found


def _past(word, before, branches, *, broken):
    """Return what stands before what follows a block's tag: each branch begins at its fork."""
    if word in {"if", "for"}:
        branches.append(before)
    elif word in {"else", "elif"}:
        return branches[-1], False
    elif word in {"endif", "endfor"}:
        branches.pop()
    elif word not in {"trans", "endtrans", "pluralize"}:
        return "", broken
    return before, broken


def _meet(before, after):
    if not before or before[-1].isspace() or after[0].isspace() or after[0] in ",.;:)»":
        return False
    last, first = re.search(r"<(/?)(\w+)[^<>]*>$", before), re.match(r"<(/?)(\w+)", after)
    ends = last is not None and (not last[1] or OWN_LINE.fullmatch(last[2]))
    begins = first is not None and (bool(first[1]) or OWN_LINE.fullmatch(first[2]))
    return not ends and not begins


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_words_meet_where_a_line_was_broken(template):
    assert joined(template.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("{% if a %}One.{% endif %}\n  {% if b %}Two.{% endif %}", [2]),
        ("{% if a %}<b>One</b>{% endif %}\n  {% if b %}<a>Two</a>{% endif %}", [2]),
        ("{{ a }}{% if a %}{% endif %}\n{% trans %}Two.{% endtrans %}", [2]),
        ("{% if a %}One.{% endif %}\n  <a>Two</a>", []),
        ('{% if a %}One.{% endif %}{{ " " }}\n  {% if b %}Two.{% endif %}', []),
        ("{% if a %}One.\n{% else %}Two.{% endif %}", []),
        ("{% if a %}<p>One.</p>{% endif %}\n{% if b %}<p>Two.</p>{% endif %}", []),
    ],
)
def test_words_that_would_meet_are_found(source, lines):
    assert joined(source) == lines


@pytest.mark.parametrize("language", ["en", "fr"])
def test_numbers_and_shares_are_those_of_the_language(language):
    """They are remembered, and a share by its whole percent: what is told must stay the same."""
    for n in range(201):
        share = rendered("{{ n|share }}", language, n=n / 200)
        assert share == format_percent(n / 200, locale=language)
    for n in (1, 1.0, 1234567, 0.5):
        assert rendered("{{ n|number }}", language, n=n) == format_decimal(n, locale=language)


def test_shares_and_spans_are_told_as_people_do():
    assert rendered("{{ 0.856|share }}") == "86%"
    assert rendered("{{ 90|lasted }}") == "1 h"
    assert rendered("{{ 0.5|share }}", "fr").endswith("%")
