"""One file, whatever it is: looked at, and cleaned by who knows its type."""

from collections.abc import Mapping
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason, media, office, opendocument, pdf
from forum.cleaning.kinds import kind_of
from forum.cleaning.media import Cleaner
from forum.cleaning.packages import unpacked


def clean(content: bytes) -> Cleaned:
    """Return *content* without hidden data. Raises ``CannotClean`` and nothing else."""
    try:
        return CLEANERS[kind_of(content)](content)
    except CannotClean:
        raise
    except MemoryError:
        raise CannotClean(Reason.TOO_MUCH) from None
    except Exception:  # noqa: BLE001 - see below
        # Each library has errors of its own for a file that is not what it should be, and so do
        # its faults. All say the same to us; their words may quote the file.
        raise CannotClean(Reason.BROKEN) from None


def _package(content: bytes) -> Cleaned:
    """Clean what comes as a ZIP file: a document of either family."""
    parts = unpacked(content)
    if "[Content_Types].xml" in parts:
        return office.clean(parts)
    if "mimetype" in parts:
        return opendocument.clean(parts)
    raise CannotClean(Reason.UNKNOWN)


CLEANERS: Final[Mapping[str, Cleaner]] = {
    **media.CLEANERS,
    "application/pdf": pdf.clean,
    "application/zip": _package,
}
