"""What we know of each telephone number: does it want texts, can it have any, is it there, when was it last heard."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, belongs_to
from models.places import Community
from models.prepared import prepared


class Phone(Base):
    """What we know of one telephone in one community: opted out, cannot be texted, when it last spoke to us."""

    __tablename__ = "phones"
    __table_args__ = (sa.UniqueConstraint("community_id", "number"),)

    community_id: Mapped[int] = belongs_to("communities", index=False)
    number: Mapped[str] = mapped_column(sa.String(16))
    opted_out_at: Mapped[datetime | None]
    cannot_text_since: Mapped[datetime | None]  # the carrier said so: a landline, whatever the numbering plan says
    unreachable_since: Mapped[datetime | None]  # the carrier said that no such number exists
    blocked_at: Mapped[datetime | None]  # staff take no calls from it
    last_heard_at: Mapped[datetime | None]
    # When whoever has it was asked whether it is still hers; None: nobody was, or she has said so.
    asked_whose_at: Mapped[datetime | None]
    last_helped_at: Mapped[
        datetime | None
    ]  # when "a person will read this" was last sent, so that it is not said twice


def heard_from(session: Session, community: Community, number: str, *, now: datetime) -> Phone:
    """This telephone has just called or texted us: it can be answered, and it is reachable after all."""
    phone = phone_of(session, community, number)
    phone.last_heard_at, phone.unreachable_since = now, None
    return phone


def phone_of(session: Session, community: Community, number: str) -> Phone:
    """What we know of a number; a row of its own from the first time it is asked about."""
    return known_phone(session, community, number) or new_phone(session, community, number)


def new_phone(session: Session, community: Community, number: str) -> Phone:
    """The row of a number of which nothing was known until now."""
    row = Phone(community_id=community.id, number=number)
    session.add(row)
    session.flush()
    return row


def known_phone(session: Session, community: Community, number: str) -> Phone | None:
    """What we know of a number, if we know anything; nothing is written."""
    return next(iter(known_phones(session, community, [number])), None)


def known_phones(session: Session, community: Community, numbers: list[str]) -> list[Phone]:
    """What we know of these numbers: a row for each of which we know anything."""
    return list(session.scalars(*_phones_of(community.id, numbers)))


@prepared
def _phones_of(community_id: int, numbers: list[str]) -> sa.Select[Phone]:
    # A new row is written at once, and its number stays: what else waits to be written need not be for this.
    of = sa.select(Phone).where(Phone.community_id == community_id, Phone.number.in_(numbers))
    return of.execution_options(autoflush=False)


def is_blocked(session: Session, community: Community, number: str) -> bool:
    """Have staff said that no calls are taken from that number?"""
    phone = known_phone(session, community, number)
    return phone is not None and phone.blocked_at is not None
