"""What comes in is done once, by its natural key, and answered the same however often it comes."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from models.database import Database
from models.storage import Trouble, trouble_of
from models.traffic import AnsweredTurn, answer_given

log = logging.getLogger(__name__)


def text_key(message_sid: str) -> str:
    """The natural key of a text that comes in."""
    return f"sms {message_sid}"


def turn_key(call_sid: str, turn: int) -> str:
    """The natural key of one turn of a call; 0 is its beginning."""
    return f"voice {call_sid} {turn}"


def answer_once(database: Database, key: str, answer: Callable[[Session, datetime], str], *, now: datetime) -> str:
    """What `key` is answered: the first time it is done, in one transaction that is durable before we return.

    Raises whatever `answer` raises; then nothing of it is stored, and the key is still free. Where two stood in each
    other's way, the one that was turned back is done once more: the second time it sees what the other did.
    """
    try:
        return _answer(database, key, answer, now=now)
    except (IntegrityError, OperationalError) as error:
        if isinstance(error, OperationalError) and trouble_of(error) is not Trouble.BUSY:
            raise
        log.info("%s was in somebody's way, and is done once more", key.split(" ")[0])
        return _answer(database, key, answer, now=now)


def _answer(database: Database, key: str, answer: Callable[[Session, datetime], str], *, now: datetime) -> str:
    with database.begin() as session:
        given = answer_given(session, key)
        if given is None:
            given = answer(session, now)
            session.add(AnsweredTurn(key=key, answer=given, at=now))
    return given
