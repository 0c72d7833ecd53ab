"""What is asked of the machine and the network beneath us: disks, the time of day, certificates, open ports."""

import os
import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Disk:
    """The disk on which a folder lies. `inodes_free` is a share from 0 to 1."""

    device: int
    total_bytes: int
    free_bytes: int
    inodes_free: float
    is_writable: bool


@dataclass(frozen=True)
class Certificate:
    """A web server's certificate: until when it holds, or why it is not believed; neither: none was to be had."""

    until: datetime | None = None
    fault: str = ""


def disk_at(folder: Path) -> Disk:
    """The disk under a folder, or under the nearest one above it that is there. Raises OSError."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    usage, state = shutil.disk_usage(there), os.statvfs(there)
    inodes = state.f_favail / state.f_files if state.f_files else 1.0
    return Disk(there.stat().st_dev, usage.total, usage.free, inodes, _can_write(there))


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def certificate_of(host: str, port: int) -> Certificate:
    """The certificate that a server shows, judged as any client would."""
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            shown = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Certificate(fault=error.verify_message)
    except OSError:
        return Certificate()
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    return Certificate(until=until)


def answers_at(host: str, port: int) -> bool:
    """Does anything listen there? Nothing is said to it."""
    try:
        socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Machine:
    """All of it, so that a test can be a machine in any state."""

    disk_at: Callable[[Path], Disk] = disk_at
    certificate_of: Callable[[str, int], Certificate] = certificate_of
    answers_at: Callable[[str, int], bool] = answers_at
    wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    stopwatch: Callable[[], float] = time.monotonic
