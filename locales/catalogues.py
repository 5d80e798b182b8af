"""Keeps the catalogues whole: what the code says is extracted, what is missing is named.

``python -m locales.catalogues update`` writes the templates and brings every catalogue up to them;
``… check`` says what is wrong and fails. A translator needs nothing but the .po files.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import BinaryIO, Final

import regex  # type: ignore[import-untyped] # ships no annotations
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from locales import BASE, ROOM, SMS, Language, languages

ROOT: Final = ROOM.parent

#: What marks a text, and where its singular and plural stand.
_KEYWORDS: Final = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2), "NP_": (1, 2)}

_DRAFT: Final = "DRAFT: made by machine; no speaker of the language has approved it yet."
_APPROVED: Final = "Approved by a speaker of the language."
_HOW: Final = """\
How to translate: write the text in your language between the quotes of msgstr.
Leave the words in {braces} and %(brackets)s as they are: names and numbers come there."""
_HOW_SMS: Final = """\
An entry with msgctxt "sms" is the variant for basic phones: plain letters only (no ç á ê ɛ …),
and short, so that the whole message is one SMS. Leave it empty where the full text will do."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One kind of text: where it is said, and how the places to fill are written."""

    name: str
    sources: tuple[str, ...]  # globs from the root; the order is the order of the template
    without: frozenset[str]  # files that the globs would take and should not
    places: Callable[[str], set[str]]
    sms: bool  # whether each text may have a variant for basic phones
    base: bool  # whether English has a catalogue of its own, for its variants


def _in_braces(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {"a lone brace"}


def _in_brackets(text: str) -> set[str]:
    return set(regex.findall(r"%\((\w+)\)[sd]", text)) | _in_braces(text)


#: What the bots say is in ``messages``, with the plain words for where a case stands; what staff
#: read is in ``console``, wherever it is written.
DOMAINS: Final = (
    Domain(
        "messages",
        ("bots/*.py", "grievances/status.py", "outreach/reminders.py"),
        frozenset(),
        _in_braces,
        sms=True,
        base=True,
    ),
    Domain(
        "console",
        (
            "console/**/*.py",
            "console/templates/**/*.html",
            "grievances/*.py",
            "outreach/*.py",
            "forum/*.py",
            "channels/*.py",
            "vault/*.py",
            "app/*.py",
        ),
        frozenset({"grievances/status.py", "outreach/reminders.py"}),
        _in_brackets,
        sms=False,
        base=False,
    ),
)


class _Headed(Catalog):
    """A catalogue whose header says only what is used, so that no date ever changes a file.

    Babel knows no plural rule for many of our languages; the table does.
    """

    def __init__(self, language: Language | None, comment: str) -> None:
        super().__init__(header_comment=comment, fuzzy=False)
        self._language = language

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the header."""
        headers = [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8")]
        if self._language is not None:
            headers.append(("Language", self._language.tag))
            headers.append(("Plural-Forms", self._language.plurals))
        return [*headers, ("Content-Transfer-Encoding", "8bit\n")]

    @property
    def num_plurals(self) -> int:
        """How many forms a plural has."""
        return 2 if self._language is None else _forms(self._language)


def _forms(language: Language) -> int:
    return int(regex.search(r"nplurals=(\d+)", language.plurals)[1])


# --- extraction -------------------------------------------------------------------------------


def template(domain: Domain, root: Path = ROOT) -> Catalog:
    """Return every text of *domain* as the code says it now, each with its file."""
    made = _Headed(None, f"# What Baraza says: {domain.name}. Made from the code; do not edit.")
    for source in _sources(domain, root):
        name = source.relative_to(root).as_posix()
        for msgid, comments in _said_in(source):
            _put(made, msgid, name, comments)
            if domain.sms and isinstance(msgid, str):
                _put(made, msgid, name, comments, context=SMS)
    return made


def _put(
    made: Catalog, msgid: str | tuple[str, ...], name: str, comments: list[str], **context: str
) -> None:
    made.add(msgid, locations=[(name, 0)], auto_comments=comments, **context)  # type: ignore[arg-type] # its stubs take no mapping


def _sources(domain: Domain, root: Path) -> Iterator[Path]:
    for glob in domain.sources:
        for source in sorted(root.glob(glob)):
            if source.relative_to(root).as_posix() not in domain.without:
                yield source


def _said_in(source: Path) -> Iterator[tuple[str | tuple[str, ...], list[str]]]:
    python = source.suffix == ".py"
    method = "python" if python else "jinja2.ext:babel_extract"
    options = {} if python else {"trimmed": "true", "silent": "false"}
    found = extract(method, BytesIO(source.read_bytes()), _KEYWORDS, ["i18n:"], options)
    for _line, msgid, comments, _context in found:
        if msgid:
            yield msgid, list(comments)


# --- update -----------------------------------------------------------------------------------


def update(room: Path = ROOM, root: Path = ROOT) -> None:
    """Write every template, and every catalogue with what it already says."""
    for domain in DOMAINS:
        fresh = template(domain, root)
        _write(room / f"{domain.name}.pot", fresh)
        for language in languages().values():
            path = _path(room, language, domain)
            if path.exists():
                _write(path, _merged(fresh, _read(path), language, domain))


def start(language: Language, room: Path = ROOM, root: Path = ROOT) -> Path:
    """Make the empty catalogue of a language that is in the table; return where it lies."""
    path = _path(room, language, DOMAINS[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, _merged(template(DOMAINS[0], root), Catalog(), language, DOMAINS[0]))
    return path


def _merged(fresh: Catalog, said: Catalog, language: Language, domain: Domain) -> Catalog:
    merged = _Headed(language, _comment(language, domain))
    for message in fresh:
        if not message.id:
            continue
        before = said.get(_singular(message), message.context)
        # A one that became a plural is translated again; nothing is guessed from likeness.
        keep = before is not None and isinstance(before.id, type(message.id))
        merged.add(
            message.id,
            before.string if keep and before is not None else None,
            locations=message.locations,
            flags=before.flags if keep and before is not None else (),
            auto_comments=message.auto_comments,
            user_comments=before.user_comments if keep and before is not None else (),
            context=message.context,
        )
    return merged


def _comment(language: Language, domain: Domain) -> str:
    status = _DRAFT if language.draft else _APPROVED
    how = [_HOW, _HOW_SMS] if domain.sms else [_HOW]
    lines = "\n".join((f"{language.name}, {domain.name}. {status}", "", *how))
    return "\n".join(f"# {line}".rstrip() for line in lines.splitlines())


def _path(room: Path, language: Language, domain: Domain) -> Path:
    return room / language.tag / "LC_MESSAGES" / f"{domain.name}.po"


def _read(path: Path) -> Catalog:
    return read_po(BytesIO(path.read_bytes()))


def _write(path: Path, catalogue: Catalog) -> None:
    with path.open("wb") as file:
        _to(file, catalogue)


def _to(file: BinaryIO, catalogue: Catalog) -> None:
    write_po(file, catalogue, width=99, include_lineno=False)


# --- check ------------------------------------------------------------------------------------


def problems(room: Path = ROOM, root: Path = ROOT) -> Iterator[str]:
    """Say everything that is wrong with the templates and the catalogues."""
    for domain in DOMAINS:
        fresh = template(domain, root)
        stale = f"{domain.name}.pot is not what the code says: run the update"
        if not (room / f"{domain.name}.pot").exists():
            yield stale
            continue
        if _keys(_read(room / f"{domain.name}.pot")) != _keys(fresh):
            yield stale
        for language in languages().values():
            path = _path(room, language, domain)
            if path.exists():
                where = path.relative_to(room).as_posix()
                found = _wrong(fresh, path, language, domain)
                yield from (f"{where}: {problem}" for problem in found)
            elif domain.base:
                yield f"{language.tag} is in languages.toml and has no {domain.name}.po"


def _wrong(fresh: Catalog, path: Path, language: Language, domain: Domain) -> Iterator[str]:
    said = _read(path)
    yield from _wrong_header(path.read_text("utf-8"), language, domain)
    keys = _keys(fresh)
    yield from (f"nobody says this any more: {key[1]!r}" for key in _keys(said) - keys)
    yield from (f"not in the catalogue: {key[1]!r}" for key in keys - _keys(said))
    for message in said:
        if message.id:
            yield from _wrong_text(message, language, domain)


def _wrong_header(text: str, language: Language, domain: Domain) -> Iterator[str]:
    if not text.startswith(_comment(language, domain)):
        yield "the comment at the top does not fit languages.toml: run the update"
    if f'"Plural-Forms: {language.plurals}\\n"' not in text:
        yield "the plural rule is not the one in languages.toml: run the update"


def _wrong_text(message: Message, language: Language, domain: Domain) -> Iterator[str]:
    msgid, strings = _singular(message), _strings(message)
    if message.fuzzy:
        yield f"marked fuzzy, so nobody has read it: {msgid!r}"
    if not all(strings):
        if message.context is None and language.tag != BASE:
            yield f"missing: {msgid!r}"
        return
    if isinstance(message.id, tuple) and len(strings) != _forms(language):
        yield f"has not as many forms as the plural rule: {msgid!r}"
    wanted = domain.places(_plural(message))
    if any(domain.places(string) != wanted for string in strings[-1:]):
        yield f"not the same places to fill: {msgid!r}"
    # A form for one thing may say «one» instead of the number.
    if any(not domain.places(string) <= wanted for string in strings):
        yield f"a place to fill that the code does not know: {msgid!r}"


def _keys(catalogue: Iterable[Message]) -> set[tuple[str | None, str, bool]]:
    return {
        (message.context, _singular(message), isinstance(message.id, tuple))
        for message in catalogue
        if message.id
    }


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _plural(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[-1]


def _strings(message: Message) -> tuple[str, ...]:
    string = message.string
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def main(arguments: list[str]) -> int:
    """Do what the command line asks; return its exit status."""
    acts: Mapping[str, Callable[[], int]] = {"check": _check, "update": _update}
    if len(arguments) != 1 or arguments[0] not in acts:
        print("usage: python -m locales.catalogues check|update", file=sys.stderr)
        return 2
    return acts[arguments[0]]()


def _check() -> int:
    found = list(problems())
    for problem in found:
        print(problem)
    drafts = [language.tag for language in languages().values() if language.draft]
    print(f"catalogues: {len(found)} problems; drafts: {', '.join(drafts) or 'none'}")
    return 1 if found else 0


def _update() -> int:
    update()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
