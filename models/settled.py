"""What was changed of a community's settings: who, when, which, from what to what. Rows are only ever added."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, belongs_to


class SettingChange(Base):
    """One change. `before` and `after` hold only the fields that differ, as the form shows them; of something new
    there was nothing before, of something taken away there is nothing after."""

    __tablename__ = "setting_changes"

    community_id: Mapped[int] = belongs_to("communities")
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(sa.String(40))  # "staff 3": never a name
    part: Mapped[str] = mapped_column(sa.String(24))  # which part of the settings
    row_id: Mapped[int]  # of which row: of the community itself, of a zone, of a service, …
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    undoes_id: Mapped[int | None] = belongs_to("setting_changes", optional=True, index=False)


def changes_of(session: Session, community_id: int, *, most: int, skip: int = 0) -> list[SettingChange]:
    """What was changed, the newest first."""
    ours = sa.select(SettingChange).where(SettingChange.community_id == community_id)
    return list(session.scalars(ours.order_by(SettingChange.id.desc()).limit(most).offset(skip)))


def undone_of(session: Session, ids: list[int]) -> set[int]:
    """Which of these changes have been set back."""
    rows = sa.select(SettingChange.undoes_id).where(SettingChange.undoes_id.in_(ids))
    return {found for found in session.scalars(rows) if found is not None}
