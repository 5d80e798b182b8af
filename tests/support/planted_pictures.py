"""Pictures as a phone takes them: with a place, a name, a thumbnail and a colour profile."""

from io import BytesIO

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from tests.support.planted import LATITUDE, LONGITUDE, NAME, SECONDS, XMP

pillow_heif.register_heif_opener()

WIDTH, HEIGHT = 64, 48

#: A red corner in a blue picture tells which way is up.
RED, BLUE = (220, 20, 20), (20, 20, 220)

#: EXIF's names of what is planted (CIPA DC-008, 4.6.4 to 4.6.6).
_MAKE, _ARTIST, _ORIENTATION, _GPS, _EXIF = 0x010F, 0x013B, 0x0112, 0x8825, 0x8769
_LATITUDE_REF, _LATITUDE, _OWNER = 1, 2, 0xA430


def drawn(mode: str = "RGB", blue=BLUE, red=RED) -> Image.Image:
    """A blue picture with a red corner at its upper left."""
    image = Image.new("RGB", (WIDTH, HEIGHT), blue)
    ImageDraw.Draw(image).rectangle((0, 0, 20, 15), fill=red)
    return image.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    """What a camera writes."""
    made = Image.Exif()
    made[_MAKE] = "Quixworth"
    made[_ARTIST] = NAME
    made[_ORIENTATION] = orientation
    made.get_ifd(_EXIF)[_OWNER] = NAME
    place = made.get_ifd(_GPS)
    place[_LATITUDE_REF] = "S"
    place[_LATITUDE] = (IFDRational(1), IFDRational(17), IFDRational(SECONDS, 100_000_000))
    return made


def profile() -> bytes:
    """A colour profile with a name in it."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made + NAME.encode()


def _app(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body


def _iptc() -> bytes:
    """Photoshop's block of press data: a byline."""
    name = NAME.encode()
    data = b"\x1c\x02\x50" + len(name).to_bytes(2) + name
    block = b"8BIM\x04\x04\0\0" + len(data).to_bytes(4) + data + b"\0" * (len(data) % 2)
    return b"Photoshop 3.0\0" + block


def jpeg(orientation: int = 1, image: Image.Image | None = None) -> bytes:
    """A photo with EXIF, XMP, IPTC, a comment, a thumbnail, a profile, and more at its end."""
    out = BytesIO()
    (image or drawn()).save(
        out,
        "JPEG",
        exif=exif(orientation),
        xmp=XMP,
        icc_profile=profile(),
        comment=NAME,
        quality=95,
    )
    photo = out.getvalue()
    thumbnail = BytesIO()
    drawn().resize((16, 12)).save(thumbnail, "JPEG", comment=NAME)
    more = _app(0xED, _iptc()) + _app(0xEC, thumbnail.getvalue())
    return photo[:2] + more + photo[2:] + b"behind the end: " + NAME.encode()


def png() -> bytes:
    """A picture with texts of all three kinds, EXIF and a profile."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", NAME)
    texts.add_text("Comment", f"{NAME} at {LATITUDE}", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    out = BytesIO()
    drawn("RGBA").save(out, "PNG", pnginfo=texts, exif=exif(), icc_profile=profile())
    return out.getvalue()


def webp() -> bytes:
    """A picture with EXIF, XMP and a profile."""
    out = BytesIO()
    drawn().save(out, "WEBP", exif=exif(), xmp=XMP, icc_profile=profile(), quality=95)
    return out.getvalue()


def gif(frames: int = 3) -> bytes:
    """A moving picture with a comment."""
    first, *others = [drawn(blue=(20, 20, 100 + 50 * (n % 3))) for n in range(frames)]
    out = BytesIO()
    first.save(
        out,
        "GIF",
        save_all=True,
        append_images=others,
        duration=[40 * (n + 1) for n in range(frames)],
        loop=0,
        comment=f"{NAME} {LATITUDE} {LONGITUDE}",
    )
    return out.getvalue()


def heic() -> bytes:
    """A photo as an iPhone takes it."""
    out = BytesIO()
    drawn().save(out, "HEIF", exif=exif().tobytes(), xmp=XMP, quality=95)
    return out.getvalue()


def avif() -> bytes:
    """A photo as newer phones take it."""
    out = BytesIO()
    drawn().save(out, "AVIF", exif=exif(), xmp=XMP, quality=95)
    return out.getvalue()


def tiff() -> bytes:
    """A scan."""
    out = BytesIO()
    drawn().save(out, "TIFF", exif=exif(), artist=NAME, description=f"{NAME} {LATITUDE}")
    return out.getvalue()


def bmp() -> bytes:
    """An old picture, with something at its end."""
    out = BytesIO()
    drawn().save(out, "BMP")
    return out.getvalue() + NAME.encode()


def is_the_drawing(content: bytes) -> bool:
    """Whether *content* shows ``drawn``, the right way up."""
    shown = Image.open(BytesIO(content)).convert("RGB")
    if shown.size != (WIDTH, HEIGHT):
        return False
    corner, middle = shown.getpixel((6, 6)), shown.getpixel((WIDTH - 8, HEIGHT - 8))
    return corner[0] > 150 > corner[2] and middle[2] > 80 > middle[0]
