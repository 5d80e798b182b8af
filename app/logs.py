"""Logging is a pipeline, and its last stage takes out whatever could name a person.

Nothing that was said, and no one who said it, is ever handed to a log; the redaction stage is the
second lock on that door. An exception is logged by its type and place, never by its message: a
database error quotes the row that it choked on.
"""

import logging
import re
import sys
import traceback
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

ROOT = Path(__file__).parents[1]

#: Five digits or more, whatever stands between them: a phone number, a chat id, a receipt code.
NUMBER = re.compile(r"\+?\d(?:[\s().\-_/]*\d){4,}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
TOKEN = re.compile(r"\b(?:\d+:)?[A-Za-z0-9_-]{30,}\b")
HIDDEN = "[hidden]"

#: Values under these keys name nobody: counts, times, and the error codes of providers.
TRUSTED = frozenset({"timestamp", "level", "port", "count", "seconds", "code"})


def redact_text(text: str) -> str:
    """Return *text* without phone numbers, chat ids, codes, e-mail addresses and tokens."""
    for pattern in (TOKEN, EMAIL, NUMBER):
        text = pattern.sub(HIDDEN, text)
    return text


def _redact(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_redact(item) for item in value]
    if isinstance(value, dict):
        return {redact_text(str(key)): _redact(item) for key, item in value.items()}
    return redact_text(str(value))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The redaction stage."""
    return {key: value if key in TRUSTED else _redact(value) for key, value in event.items()}


def place_of(error: BaseException) -> str:
    """Return where *error* rose, innermost frame of ours first, such as ``bots/runner.py:120``."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    if not (ours or frames):
        return "nowhere"
    frame = (ours or frames)[-1]
    return f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}"


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(ROOT) and "site-packages" not in file.parts


def fold_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and place."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = place_of(error)
    return event


def set_up(form: Literal["console", "json"], stream: TextIO = sys.stderr) -> None:
    """Send our own and every library's log lines through one pipeline to *stream*."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        fold_exception,
    ]
    last = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                fold_exception,
                redact,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # These print addresses, URLs with tokens, or a line for each request.
    for noisy in ("httpx", "httpcore", "telegram", "twilio", "aiohttp", "apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
