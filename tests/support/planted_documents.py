"""Documents as office programs write them: with authors, printers, paths and pictures in them."""

from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from tests.support import planted_pictures
from tests.support.planted import LATITUDE, LONGITUDE, NAME, XMP

#: What is to be read in every document afterwards.
TEXT = "The supports in the pit are broken"

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
_CT = "http://schemas.openxmlformats.org/package/2006/content-types"
_X = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

CORE = (
    f'{_HEAD}<cp:coreProperties xmlns:cp="urn:cp" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    f"<dc:creator>{NAME}</dc:creator><cp:lastModifiedBy>{NAME}</cp:lastModifiedBy>"
    "</cp:coreProperties>"
)


def zipped(parts: dict[str, str | bytes], *, stored: str = "") -> bytes:
    """A ZIP file whose entries have comments."""
    out = BytesIO()
    with ZipFile(out, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content, compress_type=ZIP_STORED if name == stored else None)
            made.getinfo(name).comment = NAME.encode()
        made.comment = NAME.encode()
    return out.getvalue()


def _relations(*rows: tuple[str, str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="{id_}" Type="{_R}/{kind}" Target="{target}"'
        + (' TargetMode="External"' if ":" in target else "")
        + "/>"
        for id_, kind, target in rows
    )
    return f'{_HEAD}<Relationships xmlns="{_REL}">{listed}</Relationships>'


def _types(*overrides: str) -> str:
    listed = "".join(f'<Override PartName="/{one}" ContentType="x/y"/>' for one in overrides)
    return (
        f'{_HEAD}<Types xmlns="{_CT}"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="jpeg" ContentType="image/jpeg"/>{listed}</Types>'
    )


DOCUMENT = f"""{_HEAD}<!-- by {NAME} --><w:document xmlns:w="{_W}" xmlns:w14="{_W14}"
 xmlns:r="{_R}" xmlns:wp="urn:wp" xmlns:mc="urn:mc" mc:Ignorable="w14"><w:body>
<w:p w:rsidR="00AB12CD" w:rsidRDefault="00AB12CD" w14:paraId="1A2B3C4D">
<w:r><w:t>{TEXT}</w:t></w:r>
<w:ins w:id="1" w:author="{NAME}" w:date="2026-05-12T09:00:00Z">
<w:r><w:t>and more</w:t></w:r></w:ins>
<w:hyperlink r:id="rId7"><w:r><w:t>a link</w:t></w:r></w:hyperlink>
<w:drawing><wp:docPr id="1" name="{NAME}.jpg" descr="C:\\Users\\{NAME}\\photo.jpg"/>
<a:blip xmlns:a="urn:a" r:embed="rId5"/></w:drawing></w:p></w:body></w:document>"""


def docx_parts() -> dict[str, str | bytes]:
    """What is in a document of Word."""
    return {
        "[Content_Types].xml": _types(
            "docProps/core.xml", "word/document.xml", "word/people.xml", "customXml/item1.xml"
        ),
        "_rels/.rels": _relations(
            ("rId1", "officeDocument", "word/document.xml"),
            ("rId2", "core-properties", "docProps/core.xml"),
            ("rId3", "thumbnail", "docProps/thumbnail.jpeg"),
        ),
        "docProps/core.xml": CORE,
        "docProps/app.xml": f"<Properties><Company>{NAME}</Company></Properties>",
        "docProps/thumbnail.jpeg": planted_pictures.jpeg(),
        "customXml/item1.xml": f"<x>{NAME}</x>",
        "word/document.xml": DOCUMENT,
        "word/people.xml": f'<w:people xmlns:w="{_W}"><w:person w:author="{NAME}"/></w:people>',
        "word/comments.xml": (
            f'<w:comments xmlns:w="{_W}"><w:comment w:id="1" w:author="{NAME}" w:initials="ZQ" '
            f'w:date="2026-05-12T09:00:00Z"><w:p><w:r><w:t>Look at this</w:t></w:r></w:p>'
            "</w:comment></w:comments>"
        ),
        "word/settings.xml": (
            f'<w:settings xmlns:w="{_W}" xmlns:r="{_R}"><w:rsids><w:rsidRoot w:val="00AB12CD"/>'
            f'</w:rsids><w:attachedTemplate r:id="rId1"/><w:docVars><w:docVar w:name="who" '
            f'w:val="{NAME}"/></w:docVars></w:settings>'
        ),
        "word/_rels/settings.xml.rels": _relations(
            ("rId1", "attachedTemplate", f"file:///C:/Users/{NAME}/a.dotm")
        ),
        "word/_rels/document.xml.rels": _relations(
            ("rId4", "customXml", "../customXml/item1.xml"),
            ("rId5", "image", "media/image1.jpeg"),
            ("rId6", "image", f"https://example.org/{NAME}.png".replace(" ", "")),
            ("rId7", "hyperlink", "https://example.org/mine"),
        ),
        "word/media/image1.jpeg": planted_pictures.jpeg(),
    }


def docx(**more: str | bytes) -> bytes:
    """A document of Word; *more*: parts by name, with two underlines for each slash."""
    named = {name.replace("__", "/").replace("_dot_", "."): part for name, part in more.items()}
    return zipped({**docx_parts(), **named})


def xlsx() -> bytes:
    """A sheet of Excel with a comment and a printer."""
    return zipped(
        {
            "[Content_Types].xml": _types("xl/workbook.xml", "xl/persons/person.xml"),
            "_rels/.rels": _relations(("rId1", "officeDocument", "xl/workbook.xml")),
            "docProps/core.xml": CORE,
            "xl/workbook.xml": (
                f'<workbook xmlns="{_X}" xmlns:x15ac="urn:x15ac"><fileSharing userName="{NAME}"/>'
                f'<x15ac:absPath url="C:\\Users\\{NAME}\\"/><sheets/></workbook>'
            ),
            "xl/worksheets/sheet1.xml": (
                f'<worksheet xmlns="{_X}" xmlns:r="{_R}"><sheetData><row><c t="inlineStr"><is><t>'
                f'{TEXT}</t></is></c></row></sheetData><pageSetup orientation="portrait" '
                'r:id="rId1"/></worksheet>'
            ),
            "xl/worksheets/_rels/sheet1.xml.rels": _relations(
                ("rId1", "printerSettings", "../printerSettings/printerSettings1.bin"),
                ("rId2", "comments", "../comments1.xml"),
            ),
            "xl/printerSettings/printerSettings1.bin": NAME.encode("utf-16-le"),
            "xl/comments1.xml": (
                f'<comments xmlns="{_X}"><authors><author>{NAME}</author></authors></comments>'
            ),
            "xl/persons/person.xml": f'<personList><person displayName="{NAME}"/></personList>',
        }
    )


def odt_parts() -> dict[str, str | bytes]:
    """What is in a document of LibreOffice."""
    spaces = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        'xmlns:officeooo="http://openoffice.org/2009/office"'
    )
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in ("/", "content.xml", "meta.xml", "Thumbnails/thumbnail.png")
    )
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": (
            f"<office:document-content {spaces}><office:scripts>{NAME}</office:scripts>"
            f'<office:body><text:p officeooo:rsid="0012ab">{TEXT}<office:annotation>'
            f"<dc:creator>{NAME}</dc:creator><dc:date>2026-05-12T09:00:00</dc:date>"
            "<text:p>Look</text:p></office:annotation> at once</text:p>"
            f'<draw:frame draw:name="{NAME}"><draw:image xlink:href="Pictures/1.jpeg"/>'
            f"<svg:desc>{NAME}</svg:desc></draw:frame>"
            f'<text:section-source xlink:href="file:///home/{NAME}/other.odt"/>'
            "</office:body></office:document-content>"
        ),
        "meta.xml": f"<office:document-meta {spaces}><dc:creator>{NAME}</dc:creator>"
        "</office:document-meta>",
        "settings.xml": f"<settings>{NAME}</settings>",
        "Thumbnails/thumbnail.png": planted_pictures.png(),
        "Pictures/1.jpeg": planted_pictures.jpeg(),
        "META-INF/manifest.xml": f"<manifest:manifest {spaces}>{listed}</manifest:manifest>",
    }


def odt(**more: str | bytes) -> bytes:
    """A document of LibreOffice; *more* as for ``docx``."""
    named = {name.replace("__", "/").replace("_dot_", "."): part for name, part in more.items()}
    return zipped({**odt_parts(), **named}, stored="mimetype")


def pdf(**save: object) -> bytes:
    """A page with text, a photo, a note, a form, a script and files attached."""
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(300, 200))
        page = made.pages[0]
        photo = made.make_stream(planted_pictures.jpeg())
        photo.Type, photo.Subtype, photo.Filter = Name.XObject, Name.Image, Name.DCTDecode
        photo.Width, photo.Height = planted_pictures.WIDTH, planted_pictures.HEIGHT
        photo.ColorSpace, photo.BitsPerComponent = Name.DeviceRGB, 8
        photo.Metadata = made.make_stream(XMP)
        photo.PieceInfo = Dictionary(Who=String(NAME))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.Resources = Dictionary(
            Font=Dictionary(F1=made.make_indirect(font)),
            XObject=Dictionary(Im1=photo),
            Properties=Dictionary(MC0=Dictionary(Who=String(NAME))),
        )
        page.Contents = made.make_stream(
            f"% {NAME}\n/Span <</ActualText ({NAME})>> BDC BT /F1 12 Tf 20 150 Td ({TEXT}) Tj ET "
            "EMC q 64 0 0 48 20 20 cm /Im1 Do Q".encode()
        )
        page.Annots = Array([made.make_indirect(_note(made)), made.make_indirect(_field(made))])
        page.Metadata = made.make_stream(XMP)
        page.PieceInfo = Dictionary(Editor=Dictionary(Private=String(NAME)))
        made.Root.AcroForm = Dictionary(Fields=Array([page.Annots[1]]), NeedAppearances=True)
        made.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{NAME}')"))
        made.Root.PieceInfo = Dictionary(Who=String(NAME))
        made.attachments["mine.txt"] = f"{NAME} {LATITUDE} {LONGITUDE}".encode()
        made.docinfo["/Author"] = NAME
        made.Root.Metadata = made.make_stream(XMP, Type=Name.Metadata, Subtype=Name.XML)
        out = BytesIO()
        made.save(out, fix_metadata_version=False, **save)
        return out.getvalue()


def _note(made: pikepdf.Pdf) -> Dictionary:
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Text,
        Rect=Array([10, 10, 20, 20]),
        T=String(NAME),
        Contents=String("a word on the side"),
    )


def _field(made: pikepdf.Pdf) -> Dictionary:
    drawn = made.make_stream(b"BT /F1 9 Tf 2 2 Td (written into the form) Tj ET")
    drawn.Type, drawn.Subtype = Name.XObject, Name.Form
    drawn.BBox = Array([0, 0, 100, 20])
    drawn.Metadata = made.make_stream(XMP)
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Btn,
        T=String("field"),
        F=4,
        Rect=Array([100, 20, 200, 40]),
        AP=Dictionary(N=drawn),
    )
