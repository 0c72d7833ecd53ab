"""Help at home: what the community offers by key, when it can be, and placing such a request."""

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import history
from dispatch.ordering import send_out
from models.errors import Refusal
from models.lifecycle import State
from models.people import Resident
from models.places import Community, Service
from models.prepared import prepared
from models.requests import HelpRequest, Source, request_by_source
from models.traffic import Recording

# Help "as soon as possible" should have come within this; "tomorrow morning" means nine to this much later.
_WINDOW = timedelta(hours=4)


def services_by_key(session: Session, community: Community) -> list[Service]:
    """What can be asked for in the help menu, in its order."""
    return list(session.scalars(*_services_by_key(community.id)))


@prepared
def _services_by_key(community_id: int) -> sa.Select[Service]:
    asked_for = sa.select(Service).where(Service.community_id == community_id, Service.is_active)
    return asked_for.where(Service.key.is_not(None)).order_by(Service.position)


def soon(community: Community, now: datetime) -> tuple[datetime, datetime]:
    """As soon as possible: from now, or from when quiet hours end."""
    start = community.after_quiet(now)
    return start, start + _WINDOW


def on_day(community: Community, day: date, hour: int, now: datetime) -> tuple[datetime, datetime]:
    """From that full hour of a local day on, but not before now."""
    start = max(community.at(day, time(hour)), now)
    return start, start + _WINDOW


def place_help(
    session: Session,
    resident: Resident,
    service: Service,
    *,
    wanted_from: datetime,
    wanted_until: datetime,
    source: Source,
    who: str,
    now: datetime,
    note: str = "",
    recording: Recording | None = None,
    source_key: str | None = None,
) -> HelpRequest:
    """Ask for help; it is a job with one stop, due at once, and one more for everybody else who must come along.
    The same `source_key` twice is one request.

    Refuses "absent" on a day on which the resident is known to be away, "no_such_service" for one not offered here.
    """
    if source_key and (placed := request_by_source(session, source_key)):
        return placed
    if service.community_id != resident.community_id or not service.is_active or service.key is None:
        raise Refusal("no_such_service")
    if resident.absence_on(resident.community.local(wanted_from).date()) is not None:
        raise Refusal("absent")
    said = {
        "wanted_from": wanted_from,
        "wanted_until": wanted_until,
        "note": note.strip()[:500],
        "recording": recording,
    }
    request = _ask(session, resident, service, source=source, who=who, now=now, source_key=source_key, **said)
    for _ in range(service.helpers - 1):
        _ask(session, resident, service, source=source, who=who, now=now, twin_of_id=request.id, **said)
    return request


def _ask(
    session: Session, resident: Resident, service: Service, *, source: Source, who: str, now: datetime, **also: Any
) -> HelpRequest:
    request = HelpRequest(
        community_id=resident.community_id, code=resident.community.take_code(session), resident=resident,
        service=service, source=source, placed_at=now, spending_limit_cents=service.spending_limit_cents,
        state=State.WAITING, due_at=now, version=1, **also,
    )  # fmt: skip
    session.add(request)
    session.flush()
    history.note(session, request, "place", who=who, now=now, why=source)
    send_out(session, [request], who=who, now=now)
    return request
