"""A request is given to a thread when all of it has come: whoever sends a byte now and then keeps nobody waiting."""

import errno
import fcntl
import re
import selectors
import socket
import termios
import time
from array import array
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# So long a whole request may take to come. The carrier's are there at once; a recorded prompt needs less, too.
_WHOLE_WITHIN_SECONDS = 15.0
# More than any head, and than any post that we take in (a recorded prompt): what is longer is refused by whoever
# reads it.
_HEAD_BYTES, _BODY_BYTES = 64 * 1024, 3_500_000
_PART_BYTES = 64 * 1024
# What is answered lies with the kernel, up to what it allows, and not with a thread, until it is read.
_ANSWER_BYTES = 1024 * 1024
# Browsers and carriers read an answer before they ask for more: whoever does not read is not answered again.
_UNREAD_BYTES = 64 * 1024
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_IN_PIECES = re.compile(rb"^transfer-encoding:[ \t]*chunked[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_END, _LINE_END, _LINE_BYTES = b"\r\n\r\n", b"\r\n", 1024
_PIECE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?")


def bytes_of(came: bytes) -> int | None:
    """How long a request is whose head has come; None: it comes in pieces, and its end tells.

    What is unclear or too long is only its head: whoever reads it refuses it without waiting for more.
    """
    head, _, _ = came.partition(_END)
    lengths = _LENGTH.findall(head)
    if _IN_PIECES.search(head) and not lengths:
        return None
    body = int(lengths[0]) if len(lengths) == 1 else 0
    return len(head) + len(_END) + (body if body <= _BODY_BYTES else 0)


@dataclass(eq=False)
class Coming:
    """What has come of one request, and until when the rest may."""

    conn: Any
    until: float
    came: bytearray = field(default_factory=bytearray)
    _is_head_there: bool = False
    _length: int | None = None
    _at: int = 0  # where the next piece begins

    def add(self, part: bytes) -> None:
        """More of it."""
        self.came += part
        if not self._is_head_there and _END in self.came:
            self._is_head_there, self._length = True, bytes_of(bytes(self.came))
            self._at = self.came.find(_END) + len(_END)

    @property
    def is_whole(self) -> bool:
        """Has all of it come?"""
        if not self._is_head_there:
            return False
        return len(self.came) >= self._length if self._length is not None else self._is_last_piece_there()

    def _is_last_piece_there(self) -> bool:
        """Has the last piece come, or one that will be refused?"""
        while (end := self.came.find(_LINE_END, self._at)) >= 0:
            piece = _PIECE.fullmatch(bytes(self.came[self._at : end]))
            if piece is None:
                return True
            size = int(piece[1], 16)
            if size == 0:
                return self.came.find(_END, end) >= 0
            if end + size + 2 * len(_LINE_END) > len(self.came):
                return len(self.came) > _BODY_BYTES
            self._at = end + size + 2 * len(_LINE_END)
        return len(self.came) - self._at > _LINE_BYTES or len(self.came) > _BODY_BYTES

    @property
    def is_endless(self) -> bool:
        """Is that no head any more?"""
        return not self._is_head_there and len(self.came) > _HEAD_BYTES


def _bytes_unread(sock: socket.socket) -> int:
    """So much of what was answered has not been taken yet."""
    waiting = array("i", [0])
    with suppress(OSError):  # not every system tells
        fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, waiting)
    return waiting[0]


class GatheringWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's worker with threads; what is still coming waits beside them, with nobody standing by."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._coming: deque[Coming] = deque()  # the oldest first

    def enqueue_req(self, conn: Any) -> None:
        """There is something to be read, or there soon will be."""
        coming = Coming(conn, time.monotonic() + _WHOLE_WITHIN_SECONDS)
        if _bytes_unread(conn.sock) > _UNREAD_BYTES:
            self.nr_conns -= 1
            conn.close()
            return
        if conn.initialized:
            coming.add(conn.parser.unreader.take_buffered())
        else:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ANSWER_BYTES)
        if coming.is_whole:
            self._give_to_a_thread(coming)
            return
        conn.sock.setblocking(False)
        self._coming.append(coming)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._more_has_come, coming))

    def murder_pending(self) -> None:
        """Whoever was too slow is let go."""
        super().murder_pending()
        while self._coming and (self._coming[0].until < time.monotonic() or not self.alive):
            self._let_go(self._coming[0])

    def _more_has_come(self, coming: Coming, sock: socket.socket) -> None:
        try:
            part = sock.recv(_PART_BYTES)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EINTR):
                return
            part = b""
        coming.add(part)
        # Behind the end nothing comes for which a thread would wait: what is there is refused in words.
        if coming.is_whole or (not part and coming.came):
            self._coming.remove(coming)
            self.poller.unregister(sock)
            self._give_to_a_thread(coming)
        elif not part or coming.is_endless:
            self._let_go(coming)

    def _give_to_a_thread(self, coming: Coming) -> None:
        conn = coming.conn
        conn.init()
        conn.parser.unreader.unread(bytes(coming.came))
        super().enqueue_req(conn)

    def _let_go(self, coming: Coming) -> None:
        self._coming.remove(coming)
        self.poller.unregister(coming.conn.sock)
        self.nr_conns -= 1
        coming.conn.close()
