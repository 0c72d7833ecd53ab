"""Who came in at the board and who did not, and who was turned away at a door: kept for some weeks."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.people import Staff


class What(StrEnum):
    """What happened at the door."""

    IN = "in"
    OUT = "out"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a word for what happened
    WRONG_CODE = "wrong_code"
    UNKNOWN_NAME = "unknown_name"  # the name that was typed is not kept: it may be somebody's password
    TOO_FAST = "too_fast"  # told to wait, and not looked at
    REFUSED = "refused"  # logged in, at a door that is not for this role
    INVITED = "invited"
    INVITATION_USED = "invitation_used"
    NO_INVITATION = "no_invitation"  # a link that opens nothing, or no more
    NEW_PASSWORD = "new_password"  # noqa: S105
    CODES_ON = "codes_on"
    CODES_OFF = "codes_off"
    OTHERS_OUT = "others_out"
    NOT_OURS = "not_ours"  # came from the provider of logins, and nobody here has that address


# What did not succeed.
FAILED = frozenset({
    What.WRONG_PASSWORD, What.WRONG_CODE, What.UNKNOWN_NAME, What.TOO_FAST, What.REFUSED, What.NO_INVITATION,
    What.NOT_OURS,
})  # fmt: skip
# What somebody does who tries out how to get in under a name.
GUESSES = frozenset({What.WRONG_PASSWORD, What.WRONG_CODE, What.TOO_FAST})


class LoginNote(Base):
    """One thing that happened; what fails again and again within an hour is one row that counts.

    `network` is where it came from, no more exactly than a part of a town: see dispatch/logbook.py.
    """

    __tablename__ = "login_notes"

    community_id: Mapped[int | None] = belongs_to("communities", optional=True)  # None: of no community that is known
    staff_id: Mapped[int | None] = belongs_to("staff", optional=True)
    what: Mapped[What] = mapped_column(one_of(What))
    how: Mapped[str] = mapped_column(sa.String(60), default="")  # by what; at which door; who did it ("staff 3")
    network: Mapped[str] = mapped_column(sa.String(49), default="")
    at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    times: Mapped[int] = mapped_column(default=1)
    staff: Mapped[Staff | None] = relationship()


def notes_of(session: Session, community_id: int, *, only_failed: bool, most: int, skip: int = 0) -> list[LoginNote]:
    """What happened at this community's doors, and at nobody's, the newest first."""
    here = sa.or_(LoginNote.community_id == community_id, LoginNote.community_id.is_(None))
    ours = sa.select(LoginNote).where(here, LoginNote.what.in_(FAILED) if only_failed else sa.true())
    return list(session.scalars(ours.order_by(LoginNote.last_at.desc(), LoginNote.id.desc()).limit(most).offset(skip)))


def notes_about(session: Session, staff: Staff, *what: What, most: int) -> list[LoginNote]:
    """What happened under somebody's name, of these kinds, the newest first."""
    theirs = sa.select(LoginNote).where(LoginNote.staff_id == staff.id, LoginNote.what.in_(what))
    return list(session.scalars(theirs.order_by(LoginNote.last_at.desc(), LoginNote.id.desc()).limit(most)))


def guesses_since(session: Session, staff_id: int, since: datetime) -> int:
    """How often somebody tried to get in under that name since then, and could not."""
    tried = sa.select(sa.func.coalesce(sa.func.sum(LoginNote.times), 0)).where(
        LoginNote.staff_id == staff_id, LoginNote.what.in_(GUESSES), LoginNote.last_at > since
    )
    return int(session.scalar(tried) or 0)


def came_from(session: Session, staff_id: int, network: str) -> bool:
    """Has this person been let in from there before?"""
    there = sa.select(LoginNote.id).where(
        LoginNote.staff_id == staff_id, LoginNote.what == What.IN, LoginNote.network == network
    )
    return bool(network) and session.scalars(there.limit(1)).first() is not None
