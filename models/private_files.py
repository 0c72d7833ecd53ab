"""Files with something about people in them: for their owner alone, and whole or not there, whatever happens."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_with(file: Path, words: str) -> None:
    """The old one or the new one is there. Raises OSError."""
    with draft_of(file, words) as draft:
        draft.replace(file)
    fsync_folder(file.parent)


@contextmanager
def draft_of(file: Path, words: str) -> Iterator[Path]:
    """The words beside that file, whole on the disk, to be put in its place, else removed. Raises OSError."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.write(words)
            opened.flush()
            os.fsync(opened.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def fsync_folder(folder: Path) -> None:
    """What was renamed or removed in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
