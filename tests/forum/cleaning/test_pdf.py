from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from forum.cleaning import CannotClean, Reason, pdf
from tests.support import planted_documents, planted_pictures
from tests.support.planted import NAME, XMP, found_in
from tests.support.planted_documents import TEXT
from tests.support.planted_pictures import is_the_drawing


@pytest.fixture
def document():
    content = planted_documents.pdf()
    assert {"the name", "the latitude", "XMP", "an XMP packet"} <= found_in(content)
    cleaned = pdf.clean(content)
    assert cleaned.mime == "application/pdf"
    assert found_in(cleaned.content) == set()
    with pikepdf.open(BytesIO(cleaned.content)) as opened:
        yield opened


def drawn(opened):
    """Return all that draws the pages, as text."""
    streams = [one for one in opened.objects if isinstance(one, pikepdf.Stream)]
    words = [one for one in streams if one.get(Name.Subtype) != Name.Image]
    return b"\n".join(one.read_bytes() for one in words).decode("latin-1")


def test_the_page_is_drawn_as_before(document):
    assert len(document.pages) == 1
    assert TEXT in drawn(document)
    (photo,) = document.pages[0].get_images().values()
    assert is_the_drawing(photo.read_raw_bytes())


def test_what_was_written_into_a_form_stands_on_the_page(document):
    assert "written into the form" in drawn(document)
    assert Name.Annots not in document.pages[0].obj


def test_nothing_stands_beside_the_pages(document):
    assert set(document.Root.keys()) <= {"/Type", "/Pages", "/Version", "/Extensions"}
    assert Name.Info not in document.trailer
    assert len(document.attachments) == 0


def test_marks_and_comments_in_a_drawing_are_gone(document):
    assert "BDC" not in drawn(document)
    assert "%" not in drawn(document)


def test_what_was_there_before_is_gone():
    """A PDF can be changed by adding to its end; what stood there before is still in the file."""
    before = planted_documents.pdf()
    with pikepdf.open(BytesIO(before)) as opened:
        del opened.docinfo["/Author"]
        after = BytesIO()
        opened.save(after)
    assert found_in(pdf.clean(before + after.getvalue()).content) == set()


def made(change):
    """Return a PDF with one page, changed by *change*."""
    with pikepdf.new() as document:
        document.add_blank_page()
        change(document)
        out = BytesIO()
        document.save(out)
        return out.getvalue()


def picture(document, content, filters):
    stream = pikepdf.Stream(document, content)
    stream.Type, stream.Subtype, stream.Filter = Name.XObject, Name.Image, filters
    stream.Width, stream.Height = planted_pictures.WIDTH, planted_pictures.HEIGHT
    stream.ColorSpace, stream.BitsPerComponent = Name.DeviceRGB, 8
    document.pages[0].Resources = Dictionary(XObject=Dictionary(A=stream, B=stream))


def test_a_photo_that_was_packed_once_more_is_clean_too():
    packed = planted_pictures.jpeg().hex().encode() + b">"
    filters = Array([Name.ASCIIHexDecode, Name.DCTDecode])
    cleaned = pdf.clean(made(lambda document: picture(document, packed, filters)))
    assert found_in(cleaned.content) == set()
    with pikepdf.open(BytesIO(cleaned.content)) as opened:
        assert set(opened.pages[0].get_images()) == {"/A", "/B"}


def test_colours_have_no_data_of_their_own():
    def change(document):
        space = document.make_stream(b"profile", N=3, Metadata=document.make_stream(XMP))
        spaces = Dictionary(CS0=Array([Name.ICCBased, space]))
        document.pages[0].Resources = Dictionary(ColorSpace=spaces)

    assert found_in(pdf.clean(made(change)).content) == set()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda document: picture(document, b"x", Name.JPXDecode), Reason.UNKNOWN),
        (
            lambda document: setattr(
                document.pages[0],
                "Contents",
                document.make_stream(
                    b"q BI /W 1 /H 1 /CS /G /BPC 8 /F /DCT ID " + NAME.encode() + b" EI Q"
                ),
            ),
            Reason.UNKNOWN,
        ),
        (
            lambda document: [document.add_blank_page() for _ in range(pdf.MAX_PAGES)],
            Reason.TOO_MUCH,
        ),
    ],
    ids=["JPEG 2000", "in the drawing", "pages"],
)
def test_what_cannot_be_cleaned_is_not_taken(change, reason):
    with pytest.raises(CannotClean) as raised:
        pdf.clean(made(change))
    assert raised.value.reason is reason


def test_what_is_locked_says_so():
    locked = planted_documents.pdf(encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(CannotClean) as raised:
        pdf.clean(locked)
    assert raised.value.reason is Reason.LOCKED


def test_what_everybody_may_read_is_unlocked():
    open_to_all = planted_documents.pdf(encryption=pikepdf.Encryption(owner="a", user=""))
    assert found_in(pdf.clean(open_to_all).content) == set()
