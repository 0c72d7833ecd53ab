"""An invitation: a link by which somebody of the staff sets a password of their own, for the first time or anew.

It holds for three days and opens once; a new one, or leaving, ends it. What is kept of it cannot be turned into the
link: a hash, and a salt from which only whoever has this installation's secret key makes the link again. So it can be
texted by the outbox while neither the database nor the board's list of texts ever holds what opens.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.founding import hashed
from dispatch.reaching import channel_by, why_not_tell
from dispatch.second_factor import drop_what_was_begun
from dispatch.telling import tell
from models.carrier_copies import CopyKind, delete_at_carrier
from models.errors import Refusal
from models.jobs import Channel
from models.numbers import known_phone
from models.people import Staff
from models.traffic import Message

HOLDS = timedelta(hours=72)
# The prompt by which it is texted.
PROMPT = "invitation"
# What anybody who types or copies can have left of a link; more is not looked at.
_LONGEST = 100


def invite(staff: Staff, *, key: str, now: datetime) -> str:
    """A new invitation; the one before opens nothing any more. Returns what stands at the end of its link, once.

    `key` is this installation's secret. Refuses "invited_gone" for whoever works here no more.
    """
    if not staff.is_active:
        raise Refusal("invited_gone", name=staff.name)
    salt = secrets.token_hex(32)
    token = token_of(staff.id, salt, key=key)
    staff.invite_salt, staff.invite_hash, staff.invited_until = salt, _hashed(token), now + HOLDS
    return token


def end_invitation(staff: Staff) -> None:
    """Its link opens nothing any more."""
    staff.invite_salt, staff.invite_hash, staff.invited_until = None, None, None


def token_of(staff_id: int, salt: str, *, key: str) -> str:
    """What stands at the end of the link: 256 bits that nobody can make who has only the database."""
    made = hmac.digest(key.encode(), f"invitation {staff_id} {salt}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def is_invited(staff: Staff, *, now: datetime) -> bool:
    """Is there an invitation that opens?"""
    return staff.is_active and staff.invited_until is not None and now < staff.invited_until


def invited_by(session: Session, token: str, *, now: datetime) -> Staff | None:
    """Whom this link invites; None when it opens nothing, or no more."""
    if not token or len(token) > _LONGEST:
        return None
    staff = session.scalars(sa.select(Staff).where(Staff.invite_hash == _hashed(token))).one_or_none()
    return staff if staff is not None and is_invited(staff, now=now) else None


def accept(session: Session, staff: Staff, password: str, *, names: Iterable[str], now: datetime) -> None:
    """The password is set, and the invitation used. Refuses what cannot be a password; then it still opens."""
    staff.password_hash = hashed(password, names=names)
    drop_what_was_begun(staff)
    for text in _texts_of(session, staff):  # what opens nothing any more need not lie with the carrier
        delete_at_carrier(session, CopyKind.TEXT, text.message_sid, now=now)
    end_invitation(staff)


def can_be_texted(session: Session, staff: Staff, *, now: datetime) -> bool:
    """Has this person a telephone on file that texts reach, and that may be texted?"""
    if staff.phone is None or why_not_tell(session, staff, now=now):
        return False
    return channel_by(staff.phone, known_phone(session, staff.community, staff.phone)) is Channel.TEXT


def text_invitation(session: Session, staff: Staff, *, now: datetime) -> Message:
    """Promise the link of the open invitation to the number on file; it leaves when texts may.

    Refuses "not_invited" when none is open, "cannot_be_texted" when no text reaches this person.
    """
    if not is_invited(staff, now=now) or staff.invited_until is None:
        raise Refusal("not_invited", name=staff.name)
    if not can_be_texted(session, staff, now=now):
        raise Refusal("cannot_be_texted")
    link = {"$invitation": [staff.id, staff.invite_salt]}
    row = tell(
        session, staff, PROMPT, now=now, by=Channel.TEXT, expires_at=staff.invited_until, link=link,
        until=blanks.moment(staff.invited_until),
    )  # fmt: skip
    assert isinstance(row, Message)  # noqa: S101 - by=Channel.TEXT
    return row


def text_about(session: Session, staff: Staff) -> Message | None:
    """The last text with the link of the invitation that there is; None: it was not texted."""
    return next((text for text in _texts_of(session, staff) if salt_told(text.says) == staff.invite_salt), None)


def _texts_of(session: Session, staff: Staff) -> list[Message]:
    """The texts that told this person a link, the newest first."""
    theirs = sa.select(Message).where(Message.staff_id == staff.id, Message.cause == PROMPT)
    return list(session.scalars(theirs.order_by(Message.id.desc())))


def salt_told(says: list[list[object]]) -> str | None:
    """Of which invitation a text tells; None: of none."""
    for _, said in says:
        link = said.get("link") if isinstance(said, dict) else None
        if isinstance(link, dict) and "$invitation" in link:
            return str(link["$invitation"][1])
    return None


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
