"""LibreOffice's documents (OpenDocument): the document, without its author's traces.

Source: OASIS OpenDocument 1.3, part 2 (packages) and part 3 (schema).
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from forum.cleaning import CannotClean, Cleaned, Reason
from forum.cleaning.media import clean_within
from forum.cleaning.packages import drop, local, packed, parse, written

#: Who wrote and when, what the printer was called, what stood there before, how it looked.
DROPPED: Final = re.compile(
    r"(.*/)?(meta|settings)\.xml$|(Thumbnails|Configurations2|Versions|ObjectReplacements)/"
    r"|(VersionList|current)\.xml$|manifest\.rdf$|layout-cache$"
    r"|META-INF/(document|macro|package)signatures\.xml$"
)
ACTIVE: Final = re.compile(r"(.*/)?(Basic|Scripts|Dialogs)/")

MANIFEST: Final = "META-INF/manifest.xml"
_TYPE: Final = "mimetype"
_KIND: Final = re.compile(rb"application/vnd\.oasis\.opendocument\.[a-z-]+")

#: Names whose text goes; and times, which a reader wants to be times.
NAMES: Final = frozenset({"creator", "creator-initials", "sender-initials", "initial-creator"})
NO_TIME: Final = "1970-01-01T00:00:00"

#: Programs, and what pictures were called.
TRACES: Final = frozenset({"scripts", "event-listeners", "title", "desc"})
#: How the namespace of a drawing is called; a title elsewhere may be one that is read.
_DRAWN: Final = "svg-compatible"

_FONTS: Final = (".ttf", ".otf", ".woff", ".woff2")
_WEB: Final = ("http://", "https://", "mailto:", "#")
_LINKS: Final = frozenset({"a"})


def clean(parts: Mapping[str, bytes]) -> Cleaned:
    """Return the document of *parts*. Raises ``CannotClean``."""
    kind = _KIND.fullmatch(parts[_TYPE].strip())
    if kind is None:
        raise CannotClean(Reason.UNKNOWN)
    if any(ACTIVE.match(name) for name in parts):
        raise CannotClean(Reason.ACTIVE)
    kept = {name: content for name, content in parts.items() if not DROPPED.match(name)}
    if MANIFEST in kept:  # first, as it says whether the others can be read at all
        kept[MANIFEST] = _manifest(kept[MANIFEST], kept)
    made = {name: _part(kept, name) for name in sorted(kept, key=lambda name: name != _TYPE)}
    # The first entry tells the type, uncompressed, so that it can be read at a fixed place.
    return Cleaned(kind[0].decode(), packed(made, stored=_TYPE))


def _part(kept: Mapping[str, bytes], name: str) -> bytes:
    content = kept[name]
    if name == _TYPE:
        return content.strip()
    if name == MANIFEST:
        return content
    if name.endswith(".xml"):
        return _xml(content, kept)
    if name.lower().endswith(_FONTS):
        return content
    return clean_within(content)


def _manifest(content: bytes, kept: Mapping[str, bytes]) -> bytes:
    root = parse(content)
    for entry in list(root):
        if any(local(str(inner.tag)) == "encryption-data" for inner in entry):
            raise CannotClean(Reason.LOCKED)
        path = next((v for name, v in entry.attrib.items() if local(str(name)) == "full-path"), "")
        if DROPPED.match(str(path)) or (path not in kept and not str(path).endswith("/")):
            root.remove(entry)
    return written(root)


def _xml(content: bytes, kept: Mapping[str, bytes]) -> bytes:
    root = parse(content)
    for element in list(root.iter(etree.Element)):
        tag = str(element.tag)
        name = local(tag)
        if name in TRACES and (name not in {"title", "desc"} or _DRAWN in tag):
            drop(element)
        elif name in NAMES:
            element.text = ""
        elif name == "date" and tag.startswith("{http://purl.org/dc/"):
            element.text = NO_TIME
        else:
            _attributes(element, name, kept)
    return written(root)


def _attributes(element: etree._Element, of: str, kept: Mapping[str, bytes]) -> None:
    for name, value in list(element.attrib.items()):
        short = local(str(name))
        if short.endswith("rsid") or (of == "frame" and short == "name"):
            del element.attrib[name]
        elif short == "href" and not _may_point_to(str(value), of, kept):
            element.set(name, "")


def _may_point_to(target: str, of: str, kept: Mapping[str, bytes]) -> bool:
    """Whether a link leads to a part, or to the web where somebody may follow it or not."""
    if target.lower().startswith(_WEB):
        return of in _LINKS or target.startswith("#")
    path = target.removeprefix("./")
    return path in kept or any(name.startswith(f"{path}/") for name in kept)
