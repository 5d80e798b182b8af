"""Documents that are ZIP files of XML: taken apart within bounds, and put together again.

Entries come out with no date, no owner and no comment. XML is read without entities and without
the network, and written without comments.
"""

import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from forum.cleaning import CannotClean, Reason

#: A long report with many pictures has some hundred parts.
MAX_PARTS = 2000

#: Bytes of all parts together. 20 MB is what a channel lets through, and pictures hardly shrink.
MAX_UNPACKED = 100 * 1024 * 1024

#: The earliest day that a ZIP file can tell.
NO_DAY: Final = (1980, 1, 1, 0, 0, 0)

_ENCRYPTED = 1


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the parts of a ZIP file by name. Raises ``CannotClean``."""
    try:
        with ZipFile(BytesIO(content)) as zipped:
            return _parts(zipped)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError):
        raise CannotClean(Reason.BROKEN) from None


def _parts(zipped: ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in zipped.infolist() if not entry.is_dir()]
    if len(entries) > MAX_PARTS:
        raise CannotClean(Reason.TOO_MUCH)
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise CannotClean(Reason.LOCKED)
        if entry.filename in parts:
            raise CannotClean(Reason.BROKEN)  # readers differ in which of two they show
        # What an entry says of its size is not believed: only so much is read.
        with zipped.open(entry) as part:
            parts[entry.filename] = part.read(left + 1)
        left -= len(parts[entry.filename])
        if left < 0:
            raise CannotClean(Reason.TOO_MUCH)
    return parts


def packed(parts: Mapping[str, bytes], *, stored: str = "") -> bytes:
    """Return *parts* as a ZIP file, in their order. *stored*: the name of one not to compress."""
    out = BytesIO()
    with ZipFile(out, "w") as zipped:
        for name, content in parts.items():
            entry = ZipInfo(name, NO_DAY)
            entry.create_system = 0  # no word of the system that it was made on
            entry.compress_type = ZIP_STORED if name == stored else ZIP_DEFLATED
            zipped.writestr(entry, content)
    return out.getvalue()


def parse(content: bytes) -> etree._Element:
    """Read one part of XML. Raises ``CannotClean``."""
    # Made anew each time: a parser remembers what went wrong before.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise CannotClean(Reason.BROKEN) from None
    if root.getroottree().docinfo.doctype:
        raise CannotClean(Reason.ACTIVE)  # no program writes one; whoever does wants entities
    return root


def written(root: etree._Element) -> bytes:
    """Return *root* as a part."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def local(name: str) -> str:
    """Return a name without its namespace, of which each edition of a format has its own."""
    return name.rpartition("}")[2]


def drop(element: etree._Element) -> None:
    """Take *element* out, and leave the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
