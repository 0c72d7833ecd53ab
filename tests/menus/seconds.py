"""How long a sentence takes on the line: measured once on the sound of espeak-ng, and kept in seconds.tsv.

The tests read the file and need no espeak-ng; `scripts/menus measure` makes it anew (Debian: apt-get install espeak-ng).
A row holds for one sentence in one voice at one speed; whoever changes a word, or the rate of a language, measures anew.
The voice of the carrier is another one: this is what the same words take at the same number of words in a minute.
"""

import array
import shutil
import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

from menus.words import speech, tongue
from voice.prompts import catalog

FILE = Path(__file__).parent / "seconds.tsv"
# What the line waits between two sentences (voice/carrier/speech.py).
PAUSE_SECONDS = 0.6
# Softer than this, of 32767, is silence.
_SILENCE = 200

Row = tuple[str, int, str]  # voice, words per minute, sentence


class NotMeasured(LookupError):
    """There is a sentence whose seconds nobody has measured."""


def row(sentence: str, language: str) -> Row:
    """Under which a sentence is kept: the slower its language is spoken, the slower it is measured."""
    language = tongue(sentence, language)
    rules = speech(language)
    rate = int(catalog(language).rate.rstrip("%"))
    return rules.voice, round(rules.words_per_minute * rate / 100), str(sentence)


def seconds(says: tuple[str, ...], language: str) -> float:
    """What these sentences take one after the other, with the pauses between them. Raises NotMeasured."""
    return sum(_measured(sentence, language) for sentence in says) + PAUSE_SECONDS * max(len(says) - 1, 0)


def _measured(sentence: str, language: str) -> float:
    try:
        return kept()[row(sentence, language)]
    except KeyError:
        raise NotMeasured(f"{sentence!r} ({language}) was never measured: scripts/menus measure") from None


@cache
def kept() -> dict[Row, float]:
    """All that was measured."""
    if not FILE.exists():
        return {}
    lines = [line.split("\t") for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {(voice, int(speed), sentence): float(took) for voice, speed, took, sentence in lines}


def write(rows: set[Row]) -> int:
    """Keep the seconds of exactly these; returns how many had to be measured."""
    known = kept()
    measured = {one: known[one] if one in known else measure(one) for one in sorted(rows)}
    lines = [f"{voice}\t{speed}\t{took:.2f}\t{sentence}\n" for (voice, speed, sentence), took in measured.items()]
    FILE.write_text(
        "# voice, words per minute, seconds, sentence; made by scripts/menus measure\n" + "".join(lines), "utf-8"
    )
    kept.cache_clear()
    return len(rows - known.keys())


def can_measure() -> bool:
    """Is espeak-ng here?"""
    return shutil.which("espeak-ng") is not None


def measure(one: Row) -> float:
    """Seconds from the first sound to the last."""
    voice, speed, sentence = one
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(
            ["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(path), "--", sentence], check=True, timeout=60
        )
        with wave.open(str(path)) as sound:
            rate, frames = sound.getframerate(), array.array("h", sound.readframes(sound.getnframes()))
    loud = [index for index, frame in enumerate(frames) if abs(frame) > _SILENCE]
    return (loud[-1] - loud[0] + 1) / rate if loud else 0.0


def reads_as_itself(voice: str, sentence: str) -> bool:
    """Does the voice read the sentence in its own language? An older `cmn` reads Mandarin as if it were English."""
    said = subprocess.run(
        ["espeak-ng", "-v", voice, "-q", "-x", "--", sentence], check=True, capture_output=True, text=True, timeout=60
    )
    return "(en)" not in said.stdout
