"""``baraza language``: a new language is a row in the table and a catalogue; no code."""

import json
from pathlib import Path

from locales import ROOM, catalogues, languages

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
menu = []
greeting = []
"""


class LanguageExists(Exception):
    """There is such a row already."""


def begin(tag: str, name: str, plurals: str, room: Path = ROOM) -> Path:
    """Add the row and an empty catalogue; return the file to translate.

    Raises ``LanguageExists``.
    """
    if tag in languages():
        raise LanguageExists
    with (room / "languages.toml").open("a", encoding="utf-8") as table:
        # A JSON string is a TOML string, whatever stands in it.
        table.write(
            ROW.format(
                tag=tag,
                name=json.dumps(name, ensure_ascii=False),
                plurals=json.dumps(plurals),
            )
        )
    languages.cache_clear()
    return catalogues.start(languages()[tag], room)
