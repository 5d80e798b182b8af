"""Word, Excel and PowerPoint (Office Open XML): the document, without its author's traces.

Sources: ECMA-376, parts 1 and 2; Microsoft's [MS-DOCX], [MS-XLSX], [MS-PPTX] for what came later.
Editions differ in their namespaces and not in their names, so names alone are compared.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lxml import etree

from forum.cleaning import CannotClean, Cleaned, Reason
from forum.cleaning.media import clean_within
from forum.cleaning.packages import drop, local, packed, parse, written

CONTENT_TYPES: Final = "[Content_Types].xml"

#: Parts that say who wrote, where and when, what was there before, or how it was printed.
DROPPED: Final = re.compile(
    r"docProps/|docMetadata/|customUI/|userCustomization/|_xmlsignatures/|\[trash\]/"
    r"|(.*/)?(customXml|printerSettings|webextensions)/"
    r"|word/(people|comments(Extended|Ids|Extensible))\.xml"
    r"|xl/(persons|threadedComments|revisions|customProperty)/",
    re.IGNORECASE,
)

#: Programs, in whatever part they hide.
ACTIVE: Final = re.compile(
    r"vbaProject|vbaData|/activeX/|/macrosheets/|/dialogsheets/|attachedToolbars", re.IGNORECASE
)

#: Where the body of each kind of document is.
MIMES: Final[Mapping[str, str]] = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

#: Elements that tell of a person, a machine, or one sitting from another.
TRACES: Final = frozenset(
    {"rsids", "rsid", "attachedTemplate", "docVars", "mailMerge", "saveThroughXslt", "dataBinding"}
    | {"docId", "creationId", "absPath", "fileSharing", "revisionPtr", "persistentDocumentId"}
)

#: Attributes that a reader asks for, and that may be empty; and those that may be missing.
EMPTIED: Final = frozenset({"author", "initials", "userId", "userName", "providerId"})
REMOVED: Final = frozenset({"paraId", "textId", "dateUtc", "dT", "dt", "uid"})

#: Pictures are named after the file that they came from, with its folders.
_PICTURES: Final = frozenset({"docPr", "cNvPr"})

_FONTS: Final = (".odttf", ".fntdata")
_XML: Final = (".xml", ".rels", ".vml")
_WEB: Final = ("http://", "https://", "mailto:")

#: Instead of what lies on the writer's disk, or is fetched unasked from somebody's server.
NOWHERE: Final = "about:blank"


def clean(parts: Mapping[str, bytes]) -> Cleaned:
    """Return the document of *parts*. Raises ``CannotClean``."""
    mime = next((mime for folder, mime in MIMES.items() if _has(parts, folder)), None)
    if mime is None:
        raise CannotClean(Reason.UNKNOWN)
    if any(ACTIVE.search(name) for name in parts) or b"macroEnabled" in parts[CONTENT_TYPES]:
        raise CannotClean(Reason.ACTIVE)
    kept = {name: content for name, content in parts.items() if not DROPPED.match(name)}
    lost = dict(_rewritten_relations(kept))
    return Cleaned(mime, packed({name: _part(kept, name, lost) for name in kept}))


def _has(parts: Mapping[str, bytes], folder: str) -> bool:
    return any(name.startswith(folder) for name in parts)


def _rewritten_relations(kept: dict[str, bytes]) -> Iterator[tuple[str, frozenset[str]]]:
    """Take out of *kept* what points to a part that is gone; yield those ids by who uses them."""
    for name in [name for name in kept if name.endswith(".rels")]:
        folder, _, file = name.rpartition("_rels/")
        root = parse(kept[name])
        gone = [one for one in root if _is_gone(one, folder)]
        for one in gone:
            root.remove(one)
        for one in root:
            if one.get("TargetMode") == "External" and not _is_web(one):
                one.set("Target", NOWHERE)
        kept[name] = written(root)
        yield folder + file.removesuffix(".rels"), frozenset(one.get("Id", "") for one in gone)


def _is_gone(relation: etree._Element, folder: str) -> bool:
    if relation.get("TargetMode") == "External":
        return False
    target = relation.get("Target", "").partition("#")[0]
    path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
    return DROPPED.match(posixpath.normpath(path)) is not None


def _is_web(relation: etree._Element) -> bool:
    """Whether this is a link that somebody may follow; a picture is fetched without asking."""
    is_link = relation.get("Type", "").endswith("/hyperlink")
    return bool(is_link and relation.get("Target", "").lower().startswith(_WEB))


def _part(kept: Mapping[str, bytes], name: str, lost: Mapping[str, frozenset[str]]) -> bytes:
    content, lower = kept[name], name.lower()
    if name == CONTENT_TYPES:
        return _content_types(content, kept)
    if lower.endswith(".rels"):
        return content
    if lower.endswith(_XML):
        return _xml(content, lost.get(name, frozenset()))
    if lower.endswith(_FONTS):
        return content
    return clean_within(content)


def _content_types(content: bytes, kept: Mapping[str, bytes]) -> bytes:
    root = parse(content)
    for one in list(root):
        if local(str(one.tag)) == "Override" and one.get("PartName", "").lstrip("/") not in kept:
            root.remove(one)
    return written(root)


def _xml(content: bytes, lost: frozenset[str]) -> bytes:
    root = parse(content)
    for element in list(root.iter(etree.Element)):
        name = local(str(element.tag))
        if name in TRACES:
            drop(element)
            continue
        _attributes(element, name, lost)
        if name == "author" and element.text:  # who commented in a sheet
            element.text = ""
    return written(root)


def _attributes(element: etree._Element, of: str, lost: frozenset[str]) -> None:
    for name, value in list(element.attrib.items()):
        judge = _judged(of, str(name), str(value), lost)
        if judge is None:
            del element.attrib[name]
        elif judge != value:
            element.set(name, judge)


def _judged(of: str, name: str, value: str, lost: frozenset[str]) -> str | None:
    """Return what an attribute may say; None: it goes."""
    short, space = local(name), name.rpartition("}")[0]
    for applies, left in _RULES:
        if applies(of, short, space):
            return left
    if space.endswith("/relationships") and value in lost:
        return None
    return value


#: Which attribute -> what is left of it.
_RULES: Final[tuple[tuple[Callable[[str, str, str], bool], str | None], ...]] = (
    (lambda _of, name, _space: name in EMPTIED, ""),
    (lambda _of, name, _space: name in REMOVED or name.startswith("rsid"), None),
    (lambda _of, name, space: name == "date" and "wordprocessingml" in space, None),
    (lambda of, name, _space: of == "cmAuthor" and name == "name", ""),
    (lambda of, name, space: of == "author" and name == "name" and not space, ""),
    (lambda of, name, _space: of in _PICTURES and name == "name", ""),
    (lambda of, name, _space: of in _PICTURES and name in {"descr", "title"}, None),
    # The old drawings' names of files.
    (lambda _of, name, space: name == "title" and space.endswith(":office"), None),
    (lambda of, name, _space: of in {"shape", "imagedata"} and name == "alt", None),
    (lambda of, name, space: of == "imagedata" and name == "href" and bool(space), None),
)
