"""The disk images that a power cut could leave: every order acknowledged before it is there, and nothing is corrupt.

A recorder below the real house notes every write, truncation, removal and sync of the database and its log, and every
order that was acknowledged. Then the disk is rebuilt as a cut at any moment could leave it: of what was not synced
nothing, all, a beginning, any part, torn at 512 bytes; and opened with the SQLite that the product uses.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from campaigns import disk
from campaigns.hamlet import People, found, processor_seconds, settings_for, shelf
from campaigns.power_worker import phone_of
from models.storage import sqlite_module, sqlite_version

HERE = Path(__file__).parent
# After how many pages the log is written back: as shipped (1,000), and sooner, so that it happens more often.
_PAGES = (40, 0, 80, 160)


class CannotRecord(Exception):
    """There is no compiler on this machine, or it is none on which a library can be loaded before a program."""


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    parser = argparse.ArgumentParser(prog="scripts/soak power_cuts", description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=60, help="orders in each recording")
    parser.add_argument("--per-recording", type=int, default=10_000, help="images from each recording")
    parser.add_argument("--seed", type=int, default=1, help="the first recording's; the others count on from it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument(
        "--synchronous", default="shipped", choices=("shipped", "normal", "off"),
        help="something else than the product's own setting shows that the campaign can fail",
    )  # fmt: skip
    arguments = parser.parse_args(argv)
    began = time.monotonic(), processor_seconds()
    try:
        total = run(arguments)
    except CannotRecord as error:
        print(f"power_cuts cannot run here: {error}", file=sys.stderr)
        return 2
    _report(total, arguments, time.monotonic() - began[0], processor_seconds() - began[1])
    return 1 if total["lost"] + total["corrupt"] + total["unreadable"] else 0


def run(arguments):
    """Counters: images of each kind, events, acknowledged, lost, corrupt, unreadable; and the first faults in words."""
    with tempfile.TemporaryDirectory(prefix="linli-power-", dir=shelf()) as folder:
        library = compiled(Path(folder))
        left = arguments.images
        tasks = []
        while left > 0:
            count = min(left, arguments.per_recording)
            tasks.append((Path(folder), library, arguments, arguments.seed + len(tasks), count))
            left -= count
        if arguments.jobs == 1:
            return sum(map(_one_recording, tasks), Counter())
        with ProcessPoolExecutor(arguments.jobs) as pool:
            return sum(pool.map(_one_recording, tasks), Counter())


def compiled(folder):
    """The recorder as a library. Raises CannotRecord."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        raise CannotRecord("it needs Linux and a C compiler (gcc)")
    library = folder / "disk_recorder.so"
    done = subprocess.run(
        [compiler, "-std=gnu11", "-O2", "-shared", "-fPIC", "-o", library, HERE / "disk_recorder.c", "-ldl", "-lpthread"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    return library


def _one_recording(task):
    folder, library, arguments, seed, count = task
    place = folder / str(seed)
    place.mkdir()
    try:
        base, events = _recorded(place, library, arguments, seed)
        return Images(place / "image.db", base, events, seed).check(count)
    finally:
        shutil.rmtree(place)


def _recorded(place, library, arguments, seed):
    file, record = place / "linli.db", place / "record"
    people = People(residents={phone_of(n): f"Rose{n} Miller" for n in range(arguments.orders)})
    found(settings_for(file, LINLI_CARRIER__KIND="twilio"), people)
    base = file.read_bytes()
    pages = _PAGES[seed % len(_PAGES)]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "campaigns.power_worker", file, str(arguments.orders), arguments.synchronous,
         str(pages), str(seed)],
        env={**os.environ, "LD_PRELOAD": str(library), "DISK_RECORD": str(record), "DISK_RECORD_WATCHES": str(file),
             "PYTHONPATH": os.pathsep.join((str(HERE.parent.parent), str(HERE.parent)))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or not record.exists():
        raise RuntimeError(f"the recorded program failed: {done.stderr[-2000:]}")
    events = disk.read_record(record)
    _is_complete(file, base, events)
    return base, events


def _is_complete(file, base, events):
    """Everything together must be what really lies there: else something was written past the recorder."""
    rebuilt = disk.Disk(base)
    for event in events:
        rebuilt.apply(event)
    image = rebuilt.image(disk.everything(rebuilt, None))
    for name, content in image.items():
        if Path(name).read_bytes() != content:
            raise RuntimeError(f"the record does not rebuild {Path(name).name}")


class Images:
    """Makes the images of one recording, and looks at each."""

    def __init__(self, file, base, events, seed):
        self.file, self.events, self.seed = file, events, seed
        self.disk = disk.Disk(base)
        self.rng = random.Random(seed)
        self.acknowledged = []
        self.found = Counter(recordings=1)
        self._seen = set()
        self._junk = self.rng.randbytes(32_768)

    def check(self, count):
        """Look at `count` images, as evenly over the recording as can be."""
        for event in self.events:
            self.disk.apply(event)
            if event.kind == disk.NOTED:
                self.acknowledged.append(event.data.decode())
            due = count * (event.at + 1) // len(self.events) - self.found["images"]
            for _ in range(due * 10):  # an image that was seen is not counted again
                if self.found["images"] >= count * (event.at + 1) // len(self.events):
                    break
                self._try(self.rng.choice(disk.CUTS), event.at)
        self.found["acknowledged"] = len(self.acknowledged)
        self.found["events"] = len(self.events)
        return self.found

    def _try(self, kind, at):
        cut = kind(self.disk, self.rng)
        identity = (self.disk.identity(cut), len(self.acknowledged))
        if identity in self._seen:
            return
        self._seen.add(identity)
        self.found["images"] += 1
        self.found[f"cut: {kind.__name__}"] += 1
        self._lay(self.disk.image(cut))
        verdict = self._verdict()
        if verdict:
            self.found[verdict] += 1
            self.found[f"{verdict} at {kind.__name__}"] += 1
            if self.found["told"] < 3:
                self.found["told"] += 1
                print(f"  {verdict}: recording {self.seed}, event {at}, {kind.__doc__}", file=sys.stderr, flush=True)

    def _lay(self, image):
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        for name, content in image.items():
            suffix = "-wal" if name.endswith("-wal") else "-journal" if name.endswith("-journal") else ""
            self.file.with_name(self.file.name + suffix).write_bytes(content)
        if self.rng.randrange(4) == 0:  # what was shared in memory may have reached the disk too, at any age
            self.file.with_name(self.file.name + "-shm").write_bytes(self._junk)

    def _verdict(self):
        """What is wrong with the image that lies there; "" if nothing."""
        module = sqlite_module()
        connection = module.connect(str(self.file), isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous=off")  # what is found is thrown away
            if connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                return "corrupt"
            ordered = {row[0] for row in connection.execute("SELECT source_key FROM help_requests")}
            answered = {row[0] for row in connection.execute("SELECT key FROM answered_turns")}
        except module.DatabaseError:
            return "unreadable"
        finally:
            connection.close()
        return "lost" if not ordered.intersection(answered).issuperset(self.acknowledged) else ""


def _report(total, arguments, seconds, processor_seconds):
    for name in sorted(total):
        if name.startswith("cut: ") or " at " in name:
            print(f"  {total[name]:7} {name}")
    print(
        f"  SQLite {'.'.join(map(str, sqlite_version()))}, synchronous as {arguments.synchronous}; "
        f"{total['recordings']} recordings, {total['events']} events, {total['acknowledged']} orders acknowledged\n"
        f"power_cuts: {total['images']} images, {total['lost']} with an acknowledged order missing, {total['corrupt']} "
        f"corrupt, {total['unreadable']} unreadable; {seconds:.0f} s, "
        f"{total['images'] / seconds:.0f} images/s, {total['images'] / processor_seconds:.0f} for each second of a "
        f"processor, recording included; seed {arguments.seed}"
    )
