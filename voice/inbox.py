"""What comes in is done once, by its natural key, and answered the same however often it comes."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.database import Database
from models.traffic import AnsweredTurn, answer_given


def text_key(message_sid: str) -> str:
    """The natural key of a text that comes in."""
    return f"sms {message_sid}"


def turn_key(call_sid: str, turn: int) -> str:
    """The natural key of one turn of a call; 0 is its beginning."""
    return f"voice {call_sid} {turn}"


def answer_once(database: Database, key: str, answer: Callable[[Session, datetime], str], *, now: datetime) -> str:
    """What `key` is answered: the first time it is done, in one transaction that is durable before we return.

    Raises whatever `answer` raises; then nothing of it is stored, and the key is still free.
    """
    try:
        with database.begin() as session:
            given = answer_given(session, key)
            if given is None:
                given = answer(session, now)
                session.add(AnsweredTurn(key=key, answer=given, at=now))
        return given
    except IntegrityError:
        # The same on another thread or machine was quicker; what it answered is the answer.
        with database.read() as session:
            given = answer_given(session, key)
        if given is None:
            raise
        return given
