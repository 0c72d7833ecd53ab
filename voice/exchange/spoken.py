"""How long words last on the telephone, and a sound that stands for them."""

import io
import math
import re
import struct
import wave
from xml.etree.ElementTree import Element

WORDS_PER_MINUTE = 140
HAN_PER_MINUTE = 170
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_NAMED_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.25, "x-fast": 1.5}
_NAMED_BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.75, "x-strong": 1.0}
# In a WAV file, a list of information may stand behind the sound; its comment tells what is said.
_LABEL = re.compile("said: ([^\0]*)\0")
_TONE_HERTZ = 440
_SAMPLES_PER_SECOND = 8000


def seconds_of(words: str) -> float:
    """About how long it takes to say this: 140 words, or 170 Han characters, a minute."""
    han = len(_HAN.findall(words))
    others = len(_WORD.findall(_HAN.sub(" ", words)))
    return han * 60 / HAN_PER_MINUTE + others * 60 / WORDS_PER_MINUTE


def said(element: Element) -> str:
    """What a Say says, without its SSML."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> list[str]:
    if element.tag == "sub":
        return [element.get("alias", "")]
    inner = [element.text or ""]
    for child in element:
        inner += [*_pieces(child), " " if child.tag in ("break", "p", "s") else "", child.tail or ""]
    return inner


def seconds_of_say(element: Element) -> float:
    """How long a Say lasts once, with its breaks and its pace."""
    rate = _rate(element.get("rate", "medium")) if element.tag == "prosody" else 1.0
    pause = _break_seconds(element) if element.tag == "break" else 0.0
    own = pause + seconds_of(element.text or "")
    for child in element:
        own += seconds_of_say(child) + seconds_of(child.tail or "")
    return own / rate


def _rate(value: str) -> float:
    return float(value.rstrip("%")) / 100 if value.endswith("%") else _NAMED_RATES.get(value, 1.0)


def _break_seconds(element: Element) -> float:
    time = element.get("time")
    if time is None:
        return _NAMED_BREAKS.get(element.get("strength", "medium"), 0.5)
    return float(time[:-2]) / 1000 if time.endswith("ms") else float(time[:-1])


def tone(words: str, language: str) -> bytes:
    """A short tone that stands for words when nothing better is at hand: a WAV as long as they are, at most 3 s."""
    seconds = max(0.5, min(3.0, seconds_of(words)))
    step = 2 * math.pi * _TONE_HERTZ / _SAMPLES_PER_SECOND
    samples = (int(4000 * math.sin(step * n)) for n in range(int(seconds * _SAMPLES_PER_SECOND)))
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_SAMPLES_PER_SECOND)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return sound.getvalue()


def labelled(wav: bytes, words: str) -> bytes:
    """The same WAV with a comment that tells what is said in it."""
    comment = f"said: {words}".replace("\0", "").encode() + b"\0"
    comment += b"\0" * (len(comment) % 2)
    info = b"INFOICMT" + struct.pack("<I", len(comment)) + comment
    whole = wav + b"\0" * (len(wav) % 2) + b"LIST" + struct.pack("<I", len(info)) + info
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def label_of(sound: str) -> str:
    """What is said in such a WAV, read as text; "" for any other sound."""
    found = _LABEL.search(sound)
    return found[1] if found else ""
