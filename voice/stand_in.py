"""What the carrier reads out by itself while nothing of ours answers: one document per community, from its own data.

It is pasted where the carrier keeps it (its fallback address), so it must hold everything: the words, and whom to ring.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.reaching import numbers_on_duty
from dispatch.telling import Sentence
from models.places import Community
from voice.carrier import speech
from voice.prompts import Setting, render


def stand_in_document(session: Session, community: Community, *, now: datetime) -> str:
    """The document in the community's language, with those on duty in the order in which they are alarmed."""
    numbers = numbers_on_duty(session, community)
    setting = Setting(community.language, community.zone_info, now, "voice", community.name)
    words: list[Sentence] = [("stand_in_sorry", {}), *([("connecting", {})] if numbers else [])]
    after: list[Sentence] = [("stand_in_after", {"emergency": community.emergency_number})]
    return speech.stand_in(
        tuple(render(words, setting)), tuple(render(after, setting)), community.language, numbers, community.number
    )
