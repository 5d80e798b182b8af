"""Pictures and recordings: which cleaner takes which. Documents hold such files, too."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason, amr, boxes, frames, images, ogg, wav
from forum.cleaning.kinds import kind_of

Cleaner = Callable[[bytes], Cleaned]

CLEANERS: Final[Mapping[str, Cleaner]] = {
    **{mime: partial(images.clean, mime=mime) for mime in images.FORMS},
    "audio/ogg": ogg.clean,
    "audio/mpeg": frames.clean_mp3,
    "audio/aac": frames.clean_aac,
    "audio/amr": amr.clean,
    "audio/amr-wb": amr.clean,
    "audio/wav": wav.clean,
    "audio/mp4": boxes.clean,
    "video/mp4": boxes.clean,
    "video/3gpp": boxes.clean,
    "video/quicktime": boxes.clean,
}


def clean_within(content: bytes) -> bytes:
    """Clean a picture or a recording that is part of a document, whose type must stay.

    Raises ``CannotClean``.
    """
    mime = kind_of(content)
    cleaner = CLEANERS.get(mime)
    if cleaner is None:
        raise CannotClean(Reason.UNKNOWN)
    cleaned = cleaner(content)
    if cleaned.mime != mime:
        raise CannotClean(Reason.UNKNOWN)
    return cleaned.content
