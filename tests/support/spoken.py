"""Recordings as short or as long as a test wants them; nothing is to be heard in them."""

import struct

from tests.support.planted_recordings import ogg_page


def opus(seconds):
    """Return an Opus file that lasts so long."""
    head = b"OpusHead\x01\x01" + struct.pack("<H", 312) + struct.pack("<I", 48_000) + bytes(3)
    tags = b"OpusTags" + bytes(8)
    last = ogg_page(4, 312 + int(seconds * 48_000), 2, b"sound")
    return ogg_page(2, 0, 0, head) + ogg_page(0, 0, 1, tags) + last


def wav(seconds, rate=8_000):
    """Return a WAV file of one channel of 16 bits, *rate* samples a second."""
    sound = bytes(int(seconds * rate) * 2)
    kind = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    chunks = struct.pack("<4sI", b"fmt ", len(kind)) + kind
    chunks += struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI4s", b"RIFF", len(chunks) + 4, b"WAVE") + chunks


def mp3(seconds):
    """Return an MP3 file of 32 kilobits and 44,100 samples a second: 26 ms a frame."""
    frame = b"\xff\xfb\x10\x00" + bytes(144 * 32_000 // 44_100 - 4)
    return frame * round(seconds * 44_100 / 1152)


def mp3_of_telephones(seconds):
    """Return an MP3 file (MPEG 2) of 16 kilobits and 16,000 samples a second."""
    frame = b"\xff\xf3\x28\x00" + bytes(72 * 16_000 // 16_000 - 4)
    return frame * round(seconds * 16_000 / 576)
