"""Recorded prompts: what a person has said in place of the machine voice, per community, language and sentence."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to
from models.people import Staff
from models.prepared import prepared
from models.traffic import Recording

# The name of a dish, and a piece of news, are recorded under these and what they are called by.
DISH, NEWS = "dish:", "news:"


class RecordedPrompt(Base):
    """One sentence in one language, as somebody of the staff has said it: the sound itself is a recording."""

    __tablename__ = "recorded_prompts"
    __table_args__ = (sa.UniqueConstraint("community_id", "language", "key"),)

    community_id: Mapped[int] = belongs_to("communities", index=False)
    language: Mapped[str] = mapped_column(sa.String(16))  # a tag; a dialect that is not shipped may have one too
    key: Mapped[str] = mapped_column(sa.String(160))  # a prompt's name, "dish:Soup" or "news:7"
    recording_id: Mapped[int] = belongs_to("recordings", index=False)
    file_name: Mapped[str] = mapped_column(sa.String(120), default="")  # as it was uploaded; "": by telephone
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int] = belongs_to("staff", index=False)
    recording: Mapped[Recording] = relationship()
    staff: Mapped[Staff] = relationship()


def recorded_prompt(session: Session, community_id: int, language: str, key: str) -> RecordedPrompt | None:
    """The recording of that sentence in exactly that language."""
    query = sa.select(RecordedPrompt).where(RecordedPrompt.community_id == community_id)
    return session.scalars(query.where(RecordedPrompt.language == language, RecordedPrompt.key == key)).one_or_none()


def recorded_prompts(session: Session, community_id: int) -> list[RecordedPrompt]:
    """All of a community, by key and language."""
    query = sa.select(RecordedPrompt).where(RecordedPrompt.community_id == community_id)
    return list(session.scalars(query.order_by(RecordedPrompt.key, RecordedPrompt.language)))


def sounds_for(session: Session, community_id: int, languages: Sequence[str], keys: Sequence[str]) -> dict[str, int]:
    """The recordings to be played in place of these sentences, by key; the first language that has one wins."""
    rows = session.execute(*_sounds(community_id, list(languages), list(keys))).all()
    by_language = {(language, key): recording_id for language, key, recording_id in rows}
    return {key: by_language[language, key] for language in reversed(languages) for key in keys
            if (language, key) in by_language}  # fmt: skip


@prepared
def _sounds(community_id: int, languages: list[str], keys: list[str]) -> sa.Select[str, str, int]:
    columns = sa.select(RecordedPrompt.language, RecordedPrompt.key, RecordedPrompt.recording_id)
    hers = columns.where(RecordedPrompt.community_id == community_id)
    return hers.where(RecordedPrompt.language.in_(languages), RecordedPrompt.key.in_(keys))
