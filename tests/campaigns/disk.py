"""A disk, rebuilt from a record: what is safe on it, what is not yet, and the images that a power cut could leave.

What was not synced may be there or not, whole or in sectors of 512 bytes, in any combination; a file that was made or
removed may still be missing or there until its folder was synced.
"""

import struct
from dataclasses import dataclass, field

OPENED, MADE, WRITTEN, TRUNCATED, SYNCED, FOLDER_SYNCED, UNLINKED, RENAMED, NOTED = range(1, 10)
_HEAD = struct.Struct("<IIqq")
SECTOR = 512


@dataclass(frozen=True)
class Event:
    """One thing that happened to a file, in its order; for the record's own kinds see disk_recorder.c."""

    at: int
    kind: int
    file: int
    offset: int
    data: bytes


def read_record(path):
    """The events of a record. Raises ValueError when it ends in the middle of one, or holds what we cannot rebuild."""
    raw = path.read_bytes()
    events, position = [], 0
    while position < len(raw):
        kind, file, offset, length = _HEAD.unpack_from(raw, position)
        position += _HEAD.size
        data = raw[position : position + length]
        if len(data) != length or kind == RENAMED:
            raise ValueError("the record cannot be rebuilt")
        events.append(Event(len(events), kind, file, offset, data))
        position += length
    return events


@dataclass
class Stored:
    """One file: what is safe, and what was done to it since."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)
    version: int = 0  # grows with every sync, so that equal images are known


class Disk:
    """All files under one name, as far as they are safe, at one moment of the record."""

    def __init__(self, base):
        """`base`: the bytes of the database before the record began."""
        self._base = base
        self.files = {}
        self.names = {}  # what the folder safely holds: name → file
        self.pending_names = []  # (name, file or None) since the folder was synced

    def apply(self, event):
        """Let one event happen."""
        if event.kind == OPENED:
            self.files[event.file] = Stored(bytearray(self._base))
            self.names[event.data.decode()] = event.file
        elif event.kind == MADE:
            self.files[event.file] = Stored()
            self.pending_names.append((event.data.decode(), event.file))
        elif event.kind in (WRITTEN, TRUNCATED):
            self.files[event.file].pending.append(event)
        elif event.kind == SYNCED:
            stored = self.files[event.file]
            for done in stored.pending:
                change(stored.safe, done)
            stored.pending.clear()
            stored.version += 1
        elif event.kind == UNLINKED:
            self.pending_names.append((event.data.decode(), None))
        elif event.kind == FOLDER_SYNCED:
            self.names = self.seen_names(len(self.pending_names))
            self.pending_names.clear()

    def seen_names(self, count):
        """The folder after the first `count` of what is not safe there."""
        names = dict(self.names)
        for name, file in self.pending_names[:count]:
            if file is None:
                names.pop(name, None)
            else:
                names[name] = file
        return names

    def pending(self):
        """Everything that is not safe in any file, in its order."""
        return sorted((event for stored in self.files.values() for event in stored.pending), key=lambda e: e.at)

    def image(self, cut):
        """The bytes of each file that the folder holds after that cut."""
        names = self.seen_names(cut.names)
        image = {}
        for name, file in names.items():
            stored = self.files[file]
            content = stored.safe
            kept = [event for event in stored.pending if event.at in cut.kept]
            if kept:
                content = bytearray(content)
                for event in kept:
                    change(content, event, cut.kept[event.at])
            image[name] = content
        return image

    def identity(self, cut):
        """Equal for equal images."""
        versions = tuple((name, file, self.files[file].version) for name, file in self.seen_names(cut.names).items())
        return versions, tuple(sorted(cut.kept.items()))


@dataclass(frozen=True)
class Cut:
    """What of the unsafe survives: event → its sectors (None: all), and how many changes of the folder."""

    kept: dict[int, frozenset[int] | None]
    names: int


def change(content, event, sectors=None):
    """Do to the bytes what an event did to the file; or only some sectors of it."""
    if event.kind == TRUNCATED:
        if event.offset < len(content):
            del content[event.offset :]
        else:
            content.extend(bytes(event.offset - len(content)))
        return
    parts = [(event.offset, event.data)]
    if sectors is not None:
        cut = range(0, len(event.data), SECTOR)
        parts = [(event.offset + at, event.data[at : at + SECTOR]) for at in cut if at // SECTOR in sectors]
    for offset, data in parts:
        if offset > len(content):
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(data)] = data


# --- the cuts that are tried --------------------------------------------------------------------------------------


def nothing(disk, rng):
    """Of what was not synced, nothing."""
    return Cut({}, 0)


def everything(disk, rng):
    """All of it: the disk kept up by chance."""
    return Cut({event.at: None for event in disk.pending()}, len(disk.pending_names))


def a_beginning(disk, rng):
    """In the order in which it was written, until somewhere; the last write perhaps torn."""
    pending = disk.pending()
    kept = {event.at: None for event in pending[: rng.randint(0, len(pending))]}
    if kept and rng.randrange(2):
        last = next(event for event in pending if event.at == max(kept))
        kept[last.at] = frozenset(range(rng.randint(0, _sectors(last))))
    return Cut(kept, rng.randint(0, len(disk.pending_names)))


def some(disk, rng):
    """Any of it, in no order."""
    share = rng.random()
    kept = {event.at: None for event in disk.pending() if rng.random() < share}
    return Cut(kept, rng.randint(0, len(disk.pending_names)))


def torn(disk, rng):
    """Any of it, each write with any of its sectors."""
    share = rng.random()
    kept = {
        event.at: frozenset(n for n in range(_sectors(event)) if rng.random() < 0.7)
        for event in disk.pending()
        if rng.random() < share
    }
    return Cut(kept, rng.randint(0, len(disk.pending_names)))


CUTS = (nothing, everything, a_beginning, some, torn)


def _sectors(event):
    return -(-len(event.data) // SECTOR)
