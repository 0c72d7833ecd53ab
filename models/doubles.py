"""People who were entered twice: which entry was merged into which, and of whom staff have said that they are two."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to
from models.locked import LockedJson
from models.people import Resident, Volunteer


class Merge(Base):
    """Two entries that were one person, and are one since: what the one said that is gone, and what went over."""

    __tablename__ = "merges"
    __table_args__ = (sa.CheckConstraint("(resident_id IS NULL) <> (volunteer_id IS NULL)", name="of_one_person"),)

    community_id: Mapped[int] = belongs_to("communities")
    # Whom the entry was merged into: whoever is merged further takes this along.
    resident_id: Mapped[int | None] = belongs_to("residents", optional=True)
    volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True)
    gone_id: Mapped[int] = mapped_column(index=True)  # no id is used twice: the history names the entry by it
    name: Mapped[str] = mapped_column(sa.String(80))  # as it stood in the entry that is gone
    was: Mapped[dict[str, Any]] = mapped_column(
        LockedJson("was")
    )  # everything else that stood in both, and what there can be only one of
    moved: Mapped[dict[str, Any]]  # how much went over: table → rows
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(sa.String(40))  # "staff 3"

    resident: Mapped[Resident | None] = relationship()
    volunteer: Mapped[Volunteer | None] = relationship()


class NotTheSame(Base):
    """Two people of whom staff have said that they are two, so that nobody is asked again."""

    __tablename__ = "not_the_same"
    __table_args__ = (sa.CheckConstraint("(resident_id IS NULL) <> (volunteer_id IS NULL)", name="of_one_kind"),)

    community_id: Mapped[int] = belongs_to("communities")
    resident_id: Mapped[int | None] = belongs_to("residents", optional=True)
    other_resident_id: Mapped[int | None] = belongs_to("residents", optional=True)
    volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True)
    other_volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(sa.String(40))


def merged_into(session: Session, kind: type[Resident] | type[Volunteer], row_id: int) -> Resident | Volunteer | None:
    """Where the entry with that id is now, if it was merged."""
    column = Merge.resident_id if kind is Resident else Merge.volunteer_id
    found = session.scalars(sa.select(Merge).where(Merge.gone_id == row_id, column.is_not(None))).first()
    return None if found is None else found.resident or found.volunteer


def merges_into(session: Session, person: Resident | Volunteer) -> list[Merge]:
    """The entries that this person was besides, the first merged first."""
    column = Merge.resident_id if isinstance(person, Resident) else Merge.volunteer_id
    return list(session.scalars(sa.select(Merge).where(column == person.id).order_by(Merge.id)))


def merges_of(session: Session, community_id: int, *, most: int) -> list[Merge]:
    """The community's latest merges."""
    ours = sa.select(Merge).where(Merge.community_id == community_id)
    return list(session.scalars(ours.order_by(Merge.id.desc()).limit(most)))


def told_apart(session: Session, kind: type[Resident] | type[Volunteer], community_id: int) -> set[frozenset[int]]:
    """The pairs of whom staff have said that they are two."""
    one, other = (
        (NotTheSame.resident_id, NotTheSame.other_resident_id)
        if kind is Resident
        else (NotTheSame.volunteer_id, NotTheSame.other_volunteer_id)
    )
    pairs = sa.select(one, other).where(NotTheSame.community_id == community_id, one.is_not(None))
    return {frozenset((first or 0, second or 0)) for first, second in session.execute(pairs)}
