"""Answering a text: what has no words in writing is not sent as an empty text."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.telling import Sentence, answer_text
from models.places import Community
from models.traffic import Call, Message
from voice.prompts import catalog


def write_back(
    session: Session, community: Community, number: str, says: Sequence[Sentence], *, language: str, now: datetime
) -> Message | Call | None:
    """Promise an answer to a text; None when nothing of it is said in writing."""
    words = catalog(language)
    written = [(prompt, blanks) for prompt, blanks in says if words.pattern(prompt, "text")]
    return answer_text(session, community, number, written, language=language, now=now) if written else None
