"""``baraza language``: a new language is a row in the table and a catalogue; no code."""

import json
import re
import tomllib
from gettext import c2py
from pathlib import Path

from locales import ROOM, Language, catalogues, languages

#: What a tag looks like (BCP 47), in small letters and as far as a folder's name goes.
TAG = re.compile(r"[a-z]{2,8}(-[A-Za-z0-9]{1,8})*")

#: How gettext writes a plural rule.
PLURALS = re.compile(r"nplurals=[1-6]; plural=([^;]+);")

#: What a person may type; a speaker fills it in. STOP and MENU work in every language at once.
ROW = """
[{tag}]
name = {name}
status = "draft"
plurals = {plurals}
chain = []

[{tag}.words]
stop = []
start = []
help = []
report = []
check = []
voice = []
call = []
join = []
language = []
my_data = []
forget = []
menu = []
greeting = []
"""


class LanguageExists(Exception):
    """There is such a row already."""


class NotALanguage(Exception):
    """This row would spoil the table. Says why, in plain words."""


def begin(tag: str, name: str, plurals: str, room: Path = ROOM) -> Path:
    """Add the row and an empty catalogue; return the file to translate.

    Raises ``LanguageExists`` and ``NotALanguage``, and has then changed nothing.
    """
    _judge(tag, name, plurals)
    table = room / "languages.toml"
    if tag in tomllib.loads(table.read_text("utf-8")):
        raise LanguageExists
    with table.open("a", encoding="utf-8") as rows:
        rows.write(ROW.format(tag=tag, name=_quoted(name), plurals=_quoted(plurals)))
    languages.cache_clear()
    return catalogues.start(Language(tag, name, name, "draft", plurals), room)


def _judge(tag: str, name: str, plurals: str) -> None:
    if not TAG.fullmatch(tag):
        raise NotALanguage(f"{tag} is no tag; write one such as ln or zh-Hans.")
    if not name.strip() or not name.isprintable():
        raise NotALanguage("The name is empty, or holds what cannot be seen.")
    rule = PLURALS.fullmatch(plurals)
    try:
        forms = None if rule is None else c2py(rule[1])
    except ValueError:
        forms = None
    if forms is None:
        raise NotALanguage("The plural rule is none; see gettext's manual, Plural-Forms.")


def _quoted(text: str) -> str:
    """Return *text* as JSON, and so as TOML: whatever stands in it, it stays one string."""
    return json.dumps(text, ensure_ascii=False)
