"""What the staff of the invented town do: see to alerts, and say honestly when it is too late. They find nobody
themselves, so that what is measured is the queue."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from dispatch.alarms import close_alert
from dispatch.planning.agenda import Agenda
from dispatch.planning.chances import chance, minutes
from dispatch.planning.plan import Plan
from dispatch.planning.town import Town
from dispatch.planning.volunteers import Volunteers
from dispatch.working import give_up, release
from models.jobs import Job
from models.lifecycle import State
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert, AlertKind

_UNTAKEN = (State.POOLED, State.WAITING, State.OFFERED, State.STUCK)
_MINUTES, _SPREAD, _LONGEST = 10.0, 0.6, 60.0


class Office:
    """The staff."""

    def __init__(self, plan: Plan, town: Town, agenda: Agenda, volunteers: Volunteers) -> None:
        self._plan, self._town, self._agenda, self._volunteers = plan, town, agenda, volunteers
        self._seen = 0
        self._who = f"staff {town.staff_id}"
        self._ends: set[datetime] = set()

    def expect(self, wanted_until: datetime) -> None:
        """Something is wanted until then: whoever has nobody by then is told the truth."""
        if wanted_until not in self._ends:
            self._ends.add(wanted_until)
            self._agenda.note(wanted_until, lambda now: self._too_late(now=now))

    def look(self, newest: int, now: datetime) -> None:
        """Note when each alert will be seen to, up to the newest."""
        if newest <= self._seen:
            return
        with self._town.database.read() as session:
            opens_at = session.get_one(Community, self._town.community_id).opens_next(now)
            alerts = session.execute(_NEW_ALERTS, {"last": self._seen}).all()
        for alert_id, about in alerts:
            stream = chance(self._plan.seed, "office", about, now)
            after = timedelta(minutes=minutes(stream, median=_MINUTES, spread=_SPREAD, most=_LONGEST))
            self._agenda.note(opens_at + after, lambda at, alert_id=alert_id: self._see_to(alert_id, now=at))  # type: ignore[misc]
        self._seen = newest

    def _see_to(self, alert_id: int, *, now: datetime) -> None:
        with self._town.database.begin() as session:
            alert = session.get_one(Alert, alert_id)
            if alert.closed_at is not None:
                return
            job = alert.job
            if alert.kind is AlertKind.LATE and job is not None and job.id in self._volunteers.let_down:
                self._volunteers.let_down.discard(job.id)
                self._send_somebody_else(session, job, now=now)
            close_alert(session, alert, who=self._who, now=now, why="seen_to")

    def _send_somebody_else(self, session: sa.orm.Session, job: Job, *, now: datetime) -> None:
        if job.state is not State.TAKEN:
            return
        if now < job.wanted_until:
            release(session, job, who=self._who, now=now)
            return
        for stop in job.open_stops:
            give_up(session, stop, who=self._who, now=now)

    def _too_late(self, *, now: datetime) -> None:
        """Whoever was found for nobody until now is told so."""
        with self._town.database.begin() as session:
            late = sa.select(HelpRequest).where(HelpRequest.state.in_(_UNTAKEN), HelpRequest.wanted_until <= now)
            for request in session.scalars(late.order_by(HelpRequest.id)).all():
                give_up(session, request, who=self._who, now=now)


_NEW_ALERTS = sa.select(Alert.id, Alert.about).where(Alert.id > sa.bindparam("last")).order_by(Alert.id)
