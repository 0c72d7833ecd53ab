"""What was said after a tone: fetched from the carrier and kept, so that it can be heard on the board and by phone."""

import hashlib
import logging
from datetime import datetime, timedelta

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from models.carrier_copies import CopyKind, delete_at_carrier
from models.database import Database
from models.places import Community
from models.traffic import Recording
from voice.carrier.errors import CarrierError, Remedy
from voice.carrier.ways import Ways

log = logging.getLogger(__name__)

# Seconds until it is tried again. The first are short: whoever records a prompt waits on the line to hear it.
_PAUSES = (2, 3, 5, 20, 60, 120, 240)
_LINK_SECONDS = 600


def fetch_due(database: Database, ways: Ways, *, now: datetime) -> int:
    """Fetch the recordings that are due; returns how many were taken in hand. One that is not ready yet comes later."""
    with database.read() as session:
        due = list(
            session.execute(sa.select(Recording.id, Recording.recording_sid).where(Recording.due_at <= now).limit(20))
        )
    for row_id, sid in due:
        _fetch(database, ways, row_id, sid, now=now)
    return len(due)


def play(session: Session, recording_id: int) -> tuple[bytes, str] | None:
    """The audio of a recording and its media type, once it is here."""
    row = session.get(Recording, recording_id)
    return (row.audio, row.media_type) if row is not None and row.audio else None


class Links:
    """Addresses under which the carrier may play a recording: signed, and dead after ten minutes."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        sha256 = {"digest_method": hashlib.sha256}
        self._signer = URLSafeTimedSerializer(secret_key, salt="recording", signer_kwargs=sha256)
        self._public_url = public_url.rstrip("/")

    def to(self, recording_id: int) -> str:
        """A link to a recording."""
        return f"{self._public_url}/voice/recordings/{self._signer.dumps(recording_id)}.wav"

    def read(self, token: str) -> int | None:
        """The id in a link; None when it was not made by us, or is too old."""
        try:
            return int(self._signer.loads(token, max_age=_LINK_SECONDS))
        except (BadSignature, ValueError):
            return None


def _fetch(database: Database, ways: Ways, row_id: int, sid: str, *, now: datetime) -> None:
    try:
        audio, media_type = ways.any_of(lambda carrier: carrier.fetch_recording(sid))
    except CarrierError as error:
        with database.begin() as session:
            row = session.get(Recording, row_id)
            if row is not None:
                row.attempts += 1
                gives_up = error.remedy is Remedy.STOP or row.attempts > len(_PAUSES)
                row.due_at = None if gives_up else now + timedelta(seconds=_PAUSES[row.attempts - 1])
        log.warning("recording %s could not be fetched: %s", row_id, error.code)
        return
    with database.begin() as session:
        row = session.get(Recording, row_id)
        if row is not None:  # else nobody wanted to keep it, and it was thrown away in the meantime
            row.audio, row.media_type, row.fetched_at, row.due_at = audio, media_type, now, None
        delete_at_carrier(session, CopyKind.RECORDING, sid, now=now)


def keep_recording(
    session: Session, community: Community, sid: str, seconds: int, *, now: datetime
) -> Recording | None:
    """A row for something that was said; the audio is fetched from the carrier later. None: nothing was recorded."""
    if not sid:
        return None
    row = session.scalars(sa.select(Recording).where(Recording.recording_sid == sid)).one_or_none()
    if row is None:
        row = Recording(community_id=community.id, recording_sid=sid, seconds=seconds, made_at=now, due_at=now)
        session.add(row)
        session.flush()
    return row
