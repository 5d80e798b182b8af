import io
import json
import logging
import random

import pytest
import structlog

from app import logs


@pytest.fixture
def lines():
    before, stream = logging.getLogger().handlers[:], io.StringIO()
    logs.set_up("json", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


def spellings(number):
    return [
        f"+{number}",
        number,
        f"+{number[:3]} {number[3:6]} {number[6:]}",
        f"00{number}",
        f"({number[:3]}) {number[3:6]}-{number[6:]}",
        f"{number[:3]}.{number[3:6]}.{number[6:]}",
        f"tel:+{number}",
        f"whatsapp:+{number}",
    ]


def test_no_number_in_any_spelling_gets_through():
    dice = random.Random(7)
    for _ in range(1_000):
        number = str(dice.randrange(10**8, 10**12))
        for spelled in spellings(number):
            told = logs.redact_text(f"from {spelled} it came")
            assert number[-6:] not in told.replace(" ", "").replace("-", "").replace(".", "")


@pytest.mark.parametrize(
    "secret",
    [
        "1234-5678-90123-4",
        "a.person@example.org",
        "123456789:AAH-abcdefghijklmnopqrstuvwxyz012345",
    ],
)
def test_codes_addresses_and_tokens_are_hidden(secret):
    assert secret not in logs.redact_text(f"it was {secret} that came")


def test_an_event_is_redacted_whatever_it_carries(lines):
    structlog.get_logger().info("case.filed", reference="K7Q2MX", nested={"to": ["+254700123456"]})
    (line,) = lines()
    assert line["reference"] == "K7Q2MX"
    assert line["nested"] == {"to": [logs.HIDDEN]}


def test_a_librarys_line_goes_through_the_same_pipeline(lines):
    logging.getLogger("somelibrary").warning("sent to %s", "+254700123456")
    (line,) = lines()
    assert "254700123456" not in json.dumps(line)


def test_an_exception_is_its_type_and_place_and_not_its_words(lines):
    try:
        raise ValueError("the mine at Kilo collapsed on Amani")
    except ValueError:
        structlog.get_logger().exception("turn.failed")
    (line,) = lines()
    assert "Amani" not in json.dumps(line)
    assert line["error"] == "ValueError"
    assert line["at"].startswith("app/test_logs.py:")


def test_a_librarys_exception_loses_its_words_too(lines):
    try:
        raise ValueError("Amani")
    except ValueError:
        logging.getLogger("somelibrary").exception("oh")
    (line,) = lines()
    assert "Amani" not in json.dumps(line)
