"""A text of a kitchen: 1 "we have it", or "received"; everything else is read by a person."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.counting import have_count
from models.errors import Refusal
from models.kitchens import Kitchen
from models.places import Community
from models.traffic import Message, Outcome
from voice.own_words import own_words
from voice.reading import read_text
from voice.writing import write_back


def answer_kitchen(session: Session, community: Community, kitchen: Kitchen, message: Message, *, now: datetime) -> str:
    """Do what the text says; returns the outcome kept with it."""
    read = read_text(message.body, kitchen.language, ("answer",), own_words(session, community))
    if read.intent == "thanks":
        return "thanks"
    if (read.key == "1" or read.intent == "noted") and not message.needs_reading:
        try:
            have_count(session, kitchen, now=now)
        except Refusal as refusal:
            write_back(session, community, message.phone, [(refusal.reason, {})], language=kitchen.language, now=now)
            return Outcome.HEARD
        write_back(session, community, message.phone, [("kitchen_has_it", {})], language=kitchen.language, now=now)
        return Outcome.HEARD
    message.needs_reading = True
    write_back(session, community, message.phone, [("person_reads", {})], language=kitchen.language, now=now)
    return Outcome.MESSAGE
