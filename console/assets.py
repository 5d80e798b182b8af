"""Style, script and marks: read once, served under a name that changes with the content."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

FOLDER: Final = Path(__file__).parent / "static"

#: Kinds that browsers are given; the folder also holds VENDOR.md, which they are not.
SERVED: Final = frozenset({".css", ".js", ".svg"})

#: The address changes with the content, so a copy never grows old.
FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@cache
def names() -> frozenset[str]:
    """Return the files that browsers may ask for."""
    return frozenset(file.name for file in FOLDER.iterdir() if file.suffix in SERVED)


@cache
def address(name: str) -> str:
    """Return where a page finds *name*."""
    return f"/static/{name}?v={hashlib.sha256(_read(name)).hexdigest()[:12]}"


async def serve(request: web.Request) -> web.Response:
    """Answer with one file."""
    name = request.match_info["name"]
    if name not in names():
        raise web.HTTPNotFound
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    charset = None if kind.startswith("image/") else "utf-8"
    return web.Response(
        body=_read(name), content_type=kind, charset=charset, headers={"Cache-Control": FOR_EVER}
    )
