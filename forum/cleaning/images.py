"""Pictures: decoded to their points and written again, so that nothing else comes along.

Thumbnails, EXIF, XMP, IPTC, comments, colour profiles and whatever hangs behind the end are not
removed one by one: only what can be seen is copied. A photo loses a little sharpness by it, which
nobody sees at this quality.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import pillow_heif
from PIL import Image, ImageOps, ImageSequence

from forum.cleaning import CannotClean, Cleaned, Reason

#: Points of all frames together. A phone's camera of 2023 takes 48.8 million (8064 x 6048); what
#: is more takes more memory than the cleaner may have.
MAX_POINTS = 100_000_000
MAX_POINTS_OF_ONE = 51_000_000

MAX_FRAMES = 1000

#: Of a hundred. Above it files grow fast and look no better (Pillow's handbook, JPEG, quality).
QUALITY = 92

#: Milliseconds for which a frame is shown whose file does not say, as browsers do.
FRAME_TIME = 100


@dataclass(frozen=True, slots=True)
class Form:
    """How one type is read and written. *moving*: it may have several frames."""

    reader: str
    writer: str
    mime: str
    moving: bool = False


#: What every browser shows is kept as what it is; what some do not show becomes what all do.
FORMS: Final[Mapping[str, Form]] = {
    "image/jpeg": Form("JPEG", "JPEG", "image/jpeg"),
    "image/png": Form("PNG", "PNG", "image/png", moving=True),
    "image/gif": Form("GIF", "GIF", "image/gif", moving=True),
    "image/webp": Form("WEBP", "WEBP", "image/webp", moving=True),
    "image/heic": Form("HEIF", "JPEG", "image/jpeg"),
    "image/avif": Form("AVIF", "JPEG", "image/jpeg"),
    "image/bmp": Form("BMP", "PNG", "image/png"),
    "image/tiff": Form("TIFF", "PNG", "image/png"),
}

#: What is hidden behind the first picture of a JPEG file is a preview, a depth or a light map.
_FIRST_ONLY: Final = {"JPEG"}

pillow_heif.register_heif_opener(thumbnails=False)


def clean(content: bytes, mime: str) -> Cleaned:
    """Return the picture alone, upright. *mime*: as ``kinds.kind_of`` says.

    Raises ``CannotClean``, and whatever the library raises where the file is broken.
    """
    form = FORMS[mime]
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(BytesIO(content), formats=(form.reader,))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise CannotClean(Reason.TOO_MUCH) from None
    return Cleaned(form.mime, _written(image, form))


def _written(image: Image.Image, form: Form) -> bytes:
    count = 1 if form.reader in _FIRST_ONLY else getattr(image, "n_frames", 1)
    _bounded(image.width * image.height, count)
    if count > 1 and not form.moving:
        raise CannotClean(Reason.UNKNOWN)  # several pictures, of which we could show one
    out = BytesIO()
    if count == 1:
        _bare(image, form).save(out, form.writer, **_options(form))
    else:
        _write_all(image, form, out)
    return out.getvalue()


def _bounded(points: int, frames: int) -> None:
    whole = points * frames
    if points > MAX_POINTS_OF_ONE or frames > MAX_FRAMES or whole > MAX_POINTS:
        raise CannotClean(Reason.TOO_MUCH)


def _write_all(image: Image.Image, form: Form, out: BytesIO) -> None:
    frames: list[Image.Image] = []
    times: list[int] = []
    loop = image.info.get("loop", 0)
    for frame in ImageSequence.Iterator(image):
        times.append(int(frame.info.get("duration") or FRAME_TIME))
        frames.append(_bare(frame, form))
    first, *others = frames
    moving = {"save_all": True, "append_images": others, "duration": times, "loop": int(loop)}
    first.save(out, form.writer, **moving, **_options(form, frames))


def _bare(image: Image.Image, form: Form) -> Image.Image:
    """Return the points of *image*, the right way up, in a picture that holds nothing else."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        # 16 bits of grey, of which a screen shows eight.
        upright = upright.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    mode = _mode(upright, form)
    if upright.mode in {"P", "PA", "LA", "CMYK", "YCbCr"}:
        upright = upright.convert(mode)
    bare = Image.new(mode, upright.size)
    bare.paste(upright)
    return bare


def _mode(image: Image.Image, form: Form) -> str:
    if image.mode in {"1", "L"} and not image.has_transparency_data:
        return "L"
    return "RGBA" if image.has_transparency_data and form.writer != "JPEG" else "RGB"


def _options(form: Form, frames: Sequence[Image.Image] = ()) -> dict[str, Any]:
    match form.writer:
        case "JPEG" | "WEBP":
            return {"quality": QUALITY}
        case "GIF" if frames:
            return {"disposal": 2}  # each frame is whole, and replaces the one before
    return {}
