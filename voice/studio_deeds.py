"""What staff do who ring to record what the line says."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from dispatch import recording
from models.errors import Refusal
from models.people import Staff, staff_at
from models.traffic import Recording
from voice.doing import Doing, Done
from voice.recordings import keep_recording


def _enter_studio(session: Session, doing: Doing, *, pin: str) -> Done:
    """Staff may record what the line says; a wrong PIN is written down, so it is no Refusal, which would undo that."""
    staff = _own_staff(session, doing)
    is_in = recording.try_pin(session, staff, pin, now=doing.now)
    return Done(() if is_in else (("studio_wrong_pin", {}),), picks={"studio": staff.id if is_in else None})


def _speak(session: Session, doing: Doing, *, language: str) -> Done:
    return Done(language=language)


def _take(session: Session, doing: Doing, *, sid: str, seconds: int) -> Done:
    """What was said is fetched, to be heard before it is kept."""
    if (before := doing.talk.picks.get("take")) is not None:
        recording.drop_take(session, before)
    row = keep_recording(session, doing.community, sid, seconds, now=doing.now)
    return Done(picks={"take": row.id if row else None})


def _drop_take(session: Session, doing: Doing, *, recording_id: int) -> Done:
    recording.drop_take(session, recording_id)
    return Done()


def _keep_take(session: Session, doing: Doing, *, key: str, recording_id: int) -> Done:
    row = session.get(Recording, recording_id)
    if row is None or row.fetched_at is None or row.community_id != doing.community.id:
        raise Refusal("too_late")
    staff = _own_staff(session, doing)
    recording.keep_prompt(session, staff, row, language=doing.talk.language, key=key, now=doing.now)
    return Done((("studio_kept", {}),))


def _own_staff(session: Session, doing: Doing) -> Staff:
    staff = staff_at(session, doing.community, doing.caller) if doing.caller else None
    if staff is None:
        raise Refusal("no_such_service")
    return staff


DEEDS: dict[str, Callable[..., Done]] = {
    "enter_studio": _enter_studio,
    "speak": _speak,
    "take": _take,
    "drop_take": _drop_take,
    "keep_take": _keep_take,
}
