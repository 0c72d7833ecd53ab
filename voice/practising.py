"""Practice: everything works as always and nothing is done. Each turn is lived through, and taken back.

What nobody may play with is done in earnest even here: "I am not well", and asking for a person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from models.people import Resident
from models.places import Community
from models.traffic import Outcome
from voice.doing import Done
from voice.prompts import catalog
from voice.scene import look_around
from voice.talk import Act, Scene, Talk

_IN_EARNEST = frozenset({"not_well", "leave_message", "ask_person"})
# What was spoken lies with the carrier: it is fetched, and deleted there, whatever it was spoken for.
KEPT = frozenset({"keep_recording"})


def is_in_earnest(act: Act) -> bool:
    """Is it done although the call is practice? It is none any more then."""
    return act.deed.name in _IN_EARNEST


@contextmanager
def taken_back(session: Session) -> Iterator[None]:
    """What is done inside is undone at its end; the values that came of it remain."""
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        session.expire_all()


def practice_scene(session: Session, community: Community, caller: str | None, talk: Talk, *, now: datetime) -> Scene:
    """What is known of whoever practises; whom nobody knows practises as a resident who is there until taken back."""
    scene = look_around(session, community, caller, talk, now=now)
    if scene.household or scene.is_blocked or not community.zones:
        return scene
    # The line's own number is no resident's.
    session.add(
        Resident(
            community_id=community.id, zone_id=community.zones[0].id, name=catalog(talk.language).somebody,
            phone=community.number, language=talk.language,
        )
    )  # fmt: skip
    session.flush()
    return replace(look_around(session, community, community.number, talk, now=now), caller=caller)


def as_practice(act: Act, done: Done) -> Done:
    """What came of a deed, for somebody who practises: the same is heard, and that it was practice."""
    if not act.talk.is_practice or done.outcome is None or done.is_practice is not None:
        return done
    return replace(done, outcome=Outcome.PRACTISED, says=(*done.says, ("practised", {})))
