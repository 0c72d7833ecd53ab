"""Uploaded sounds: known by what is in them, never by their name; a WAV or an MP3, and how long it lasts."""

import struct
from dataclasses import dataclass

# Kilobits a second of an MP3 by the index in its header, for MPEG 1 and for MPEG 2.
_KILOBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_LAYER_THREE = 1
_MPEG_ONE, _RESERVED = 3, 1
# How a WAV may be written so that every carrier can play it: PCM, A-law, µ-law.
_WAV_FORMATS = frozenset({1, 6, 7})


@dataclass(frozen=True)
class Sound:
    """What an uploaded file turned out to be."""

    media_type: str
    seconds: int


def sound_in(data: bytes) -> Sound | None:
    """The sound that this file is; None when it is none that a telephone can play."""
    return _wav(data) if data[:4] == b"RIFF" and data[8:12] == b"WAVE" else _mp3(data)


def _wav(data: bytes) -> Sound | None:
    bytes_a_second = 0
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int(struct.unpack_from("<I", data, at + 4)[0])
        if name == b"fmt " and size >= 16 and at + 24 <= len(data):
            kind, _, _, bytes_a_second = struct.unpack_from("<HHII", data, at + 8)
            if kind not in _WAV_FORMATS:
                return None
        if name == b"data":
            there = min(size, len(data) - at - 8)  # programs that write while they record do not know the size yet
            return Sound("audio/wav", round(there / bytes_a_second)) if bytes_a_second and there else None
        at += 8 + size + size % 2
    return None


def _mp3(data: bytes) -> Sound | None:
    at = 0
    if data[:3] == b"ID3" and len(data) > 10:
        a, b, c, d = data[6:10]
        at = 10 + (a << 21 | b << 14 | c << 7 | d)
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer, index = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3, data[at + 2] >> 4
    if version == _RESERVED or layer != _LAYER_THREE or index in (0, 15) or data[at + 2] >> 2 & 3 == 3:
        return None
    kilobits = _KILOBITS[0 if version == _MPEG_ONE else 1][index]
    return Sound("audio/mpeg", round((len(data) - at) * 8 / 1000 / kilobits))
