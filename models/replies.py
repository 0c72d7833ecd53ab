"""Words that a community has added: how people there write an answer, besides the words of the language."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, belongs_to
from models.prepared import prepared


class ReplyWord(Base):
    """One word or phrase, and what it means where it is the whole of a text. `means` is "answer.1", "volunteer.3", …"""

    __tablename__ = "reply_words"
    __table_args__ = (sa.UniqueConstraint("community_id", "language", "means", "phrase"),)

    community_id: Mapped[int] = belongs_to("communities", index=False)
    language: Mapped[str] = mapped_column(sa.String(16))
    means: Mapped[str] = mapped_column(sa.String(24))
    phrase: Mapped[str] = mapped_column(sa.String(60))


def reply_words_of(session: Session, community_id: int) -> list[ReplyWord]:
    """A community's own words, by their meaning."""
    return list(session.scalars(*_reply_words_of(community_id)))


@prepared
def _reply_words_of(community_id: int) -> sa.Select[ReplyWord]:
    ours = sa.select(ReplyWord).where(ReplyWord.community_id == community_id)
    return ours.order_by(ReplyWord.means, ReplyWord.language, ReplyWord.id)
