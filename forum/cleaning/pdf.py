"""PDF: its pages in a new file, and nothing beside them.

Only what draws a page is carried over: not the document's information, XMP, attached files,
scripts, actions, forms, notes, bookmarks, structure and earlier versions, and no picture's EXIF.
What forms and notes show on the page is drawn into it first; a note that shows only when it is
clicked is lost. Source: ISO 32000-2, 7.3 (objects), 7.7.3 (pages), 8.9 (images), 14 (interchange).
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from forum.cleaning import CannotClean, Cleaned, Reason
from forum.cleaning.jpeg import bare

MAX_PAGES = 1000
MAX_OBJECTS = 200_000

#: What a page needs to be drawn.
PAGE: Final = frozenset(
    {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents"}
    | {"/Group", "/UserUnit"}
)

#: What hangs on any other thing and draws nothing.
DROPPED: Final = frozenset(
    {"/Metadata", "/PieceInfo", "/LastModified", "/StructParent", "/StructParents", "/Thumb"}
    | {"/AF", "/AA", "/OC", "/OPI", "/Alternates", "/Measure", "/PtData", "/Ref", "/Properties"}
)

#: A stream whose bytes are in another file.
_ELSEWHERE: Final = frozenset({"/F", "/FFilter", "/FDecodeParms"})

#: Marks in what draws a page: they name layers, languages, texts to read aloud.
_MARKS: Final = frozenset({"BMC", "BDC", "EMC", "MP", "DP"})

#: How pictures are compressed that have hidden data of their own.
_JPEG: Final = frozenset({"/DCTDecode", "/DCT"})
_JPEG_2000: Final = "/JPXDecode"

#: How deep things may be in things; readers differ in what they do beyond.
_DEEPEST = 100


def clean(content: bytes) -> Cleaned:
    """Return the pages in a new file. Raises ``CannotClean``, and the library's errors."""
    try:
        with pikepdf.open(BytesIO(content)) as source, pikepdf.new() as made:
            if len(source.pages) > MAX_PAGES or len(source.objects) > MAX_OBJECTS:
                raise CannotClean(Reason.TOO_MUCH)
            _draw_notes(source)
            made.pages.extend(source.pages)
            _strip(made)
            out = BytesIO()
            made.save(out, min_version="1.7", fix_metadata_version=False, deterministic_id=True)
            return Cleaned("application/pdf", out.getvalue())
    except pikepdf.PasswordError:
        raise CannotClean(Reason.LOCKED) from None


def _draw_notes(source: Pdf) -> None:
    """Draw into its page what a form's field or a note shows on it."""
    if Name.AcroForm in source.Root:
        source.generate_appearance_streams()
    source.flatten_annotations("all")


def _strip(made: Pdf) -> None:
    for page in made.pages:
        for key in set(page.obj.keys()) - PAGE:
            del page.obj[key]
        if Name.Contents in page.obj:
            drawn = _unmarked(page.obj)
            page.obj[Name.Contents] = made.make_stream(drawn)
    for thing in list(made.objects):
        _strip_thing(thing, 0)


def _strip_thing(thing: Any, depth: int) -> None:
    """Strip one thing, and those within it that are no objects of their own."""
    if depth > _DEEPEST:
        raise CannotClean(Reason.BROKEN)
    if isinstance(thing, Stream):
        _strip_stream(thing)
    if isinstance(thing, Dictionary | Stream):
        for key in DROPPED & set(thing.keys()):
            del thing[key]
    for inner in _within(thing):
        _strip_thing(inner, depth + 1)


def _within(thing: Any) -> Iterator[Any]:
    if isinstance(thing, Dictionary | Stream):
        values = [value for _, value in thing.items()]
    elif isinstance(thing, Array):
        values = list(thing)
    else:
        return
    for value in values:
        if isinstance(value, Dictionary | Array) and not value.is_indirect:
            yield value


def _strip_stream(stream: Stream) -> None:
    if _ELSEWHERE & set(stream.keys()):
        raise CannotClean(Reason.UNKNOWN)
    if stream.get(Name.Subtype) == Name.Image:
        _strip_picture(stream)
    elif stream.get(Name.Subtype) == Name.Form or stream.get(Name.PatternType) == 1:
        stream.write(_unmarked(stream))


def _strip_picture(stream: Stream) -> None:
    filters = _filters(stream)
    if _JPEG_2000 in filters:
        raise CannotClean(Reason.UNKNOWN)
    if not _JPEG & set(filters):
        return
    if len(filters) > 1:
        # A JPEG packed once more: it is unpacked to its points, which hide nothing.
        stream.write(stream.read_bytes(pikepdf.StreamDecodeLevel.all))
        return
    told = stream.get(Name.DecodeParms)
    # In which colours the picture is, where it does not say so itself.
    colours = told if isinstance(told, Dictionary) else None
    stream.write(bare(stream.read_raw_bytes()), filter=Name.DCTDecode, decode_parms=colours)


def _filters(stream: Stream) -> list[str]:
    named = stream.get(Name.Filter)
    if named is None:
        return []
    return [str(one) for one in named] if isinstance(named, Array) else [str(named)]


def _unmarked(drawing: Any) -> bytes:
    """Return what draws a page or a part of one, without marks and without comments."""
    kept = []
    for step in pikepdf.parse_content_stream(drawing):
        if isinstance(step, pikepdf.ContentStreamInlineImage):
            _see_that_it_is_plain(step.iimage)
        if str(step.operator) not in _MARKS:
            kept.append(step)
    return pikepdf.unparse_content_stream(kept)


def _see_that_it_is_plain(image: pikepdf.PdfInlineImage) -> None:
    if {*_JPEG, _JPEG_2000} & {str(one) for one in image.filters}:
        raise CannotClean(Reason.UNKNOWN)
