"""Staff at the board: they see to alerts, ring back, assign, call off, close; or they sleep."""

from sqlalchemy import select

from campaigns.sim.crashes import Crash
from dispatch import alarms, taking, working
from dispatch.board.lanes import Lane, look
from models.errors import Refusal
from models.jobs import Job
from models.lifecycle import OPEN, State
from models.people import Staff, Volunteer
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert, Callback
from models.traffic import Message


def staff_act(world, dice):
    """Somebody at the board does one of the things that are there to be done."""
    if not world.is_up or world.luck.is_office_asleep:
        return None
    act = dice.choices([row[1] for row in _ACTS], [row[0] for row in _ACTS])[0]
    return at_the_board(world, act, dice)


def at_the_board(world, act, dice):
    """One transaction of a member of staff."""
    try:
        with world.house.database.begin() as session:
            staff = session.scalars(select(Staff).order_by(Staff.id)).first()
            line = act(session, staff, dice, world.now)
    except Refusal as refusal:
        line = f"is refused: {refusal.reason}"
    except Crash:
        world.died()
        line = f"is in the midst of something ({act.__name__})"
    if line is None:
        return None
    world.settle()
    return f"Dora at the board {line}"


def somebody_looks(world, dice):
    """The board shows what is stored: every open thing in its lane or counted, every task."""
    if not world.is_up or world.process.countdown is not None:
        return None
    with world.house.database.read() as session:
        sight = look(session, session.scalars(select(Community)).one(), now=world.now)
        shown = {lane: sight.counts[lane] for lane in (Lane.NOBODY, Lane.ONWAY, Lane.PERSON)}
    count = (
        "SELECT (SELECT count(*) FROM jobs WHERE {}) + (SELECT count(*) FROM help_requests WHERE job_id IS NULL AND {})"
    )
    is_open = "state IN ('waiting','offered','taken','stuck')"
    stored = world.raw.execute(count.format(is_open, is_open)).fetchone()[0]
    if sum(shown.values()) < stored:
        world.checker.add("board truth", f"{stored} things are open, the board shows {shown}")
    tasks = world.raw.execute(
        "SELECT (SELECT count(*) FROM alerts WHERE closed_at IS NULL), (SELECT count(*) FROM callbacks WHERE closed_at IS NULL)"
    ).fetchone()
    if (len(sight.alerts), len(sight.callbacks)) != tasks:
        world.checker.add("board truth", f"{tasks} alerts and callbacks are open, the board shows others")
    pooled = world.raw.execute("SELECT count(*) FROM help_requests WHERE state='pooled'").fetchone()[0]
    if sum(pool.people for pool in sight.pools) != pooled:
        world.checker.add("board truth", f"{pooled} orders wait for the kitchen, the board shows others")
    if [a.answer_by for a in sight.alerts if not a.acknowledged_at] != sorted(
        a.answer_by for a in sight.alerts if not a.acknowledged_at
    ):
        world.checker.add("board truth", "what is most urgent does not come first")
    world.counters.hit("board looked at")
    return f"somebody looks at the board: {stored} open"


def _one(session, dice, query):
    rows = session.scalars(query).all()
    return dice.choice(rows) if rows else None


def acknowledge(session, staff, dice, now):
    alert = _one(
        session,
        dice,
        select(Alert).where(Alert.closed_at.is_(None), Alert.acknowledged_at.is_(None)).order_by(Alert.id),
    )
    if alert is None:
        return None
    alarms.acknowledge(session, alert, staff, now=now)
    return f"sees to alert {alert.id} ({alert.kind})"


def ring_back(session, staff, dice, now):
    callback = _one(session, dice, select(Callback).where(Callback.closed_at.is_(None)).order_by(Callback.id))
    if callback is None:
        return None
    alarms.close_callback(session, callback, staff=staff, now=now, why="rung")
    return f"has rung back {callback.id}"


def read_texts(session, staff, dice, now):
    text = _one(
        session, dice, select(Message).where(Message.needs_reading, Message.seen_at.is_(None)).order_by(Message.id)
    )
    if text is None:
        return None
    text.seen_at = now
    return f"has read text {text.id}"


def ask_again(session, staff, dice, now):
    job = _one(session, dice, select(Job).where(Job.state == State.STUCK).order_by(Job.id))
    if job is None:
        return None
    working.ask_again(session, job, who=f"staff {staff.id}", now=now)
    return f"has everybody asked again for job {job.code}"


def assign(session, staff, dice, now):
    job = _one(session, dice, select(Job).where(Job.state.in_(OPEN)).order_by(Job.id))
    volunteer = _one(session, dice, select(Volunteer).order_by(Volunteer.id))
    if job is None:
        return None
    taking.assign(session, job, volunteer, who=f"staff {staff.id}", now=now)
    return f"gives job {job.code} to {volunteer.given_name}"


def release(session, staff, dice, now):
    job = _one(session, dice, select(Job).where(Job.state == State.TAKEN).order_by(Job.id))
    if job is None:
        return None
    working.release(session, job, who=f"staff {staff.id}", now=now)
    return f"takes job {job.code} back"


def end_request(session, staff, dice, now):
    verb = dice.choice(("cancel", "cancel", "give_up", "finish", "miss", "refuse"))
    request = _one(session, dice, select(HelpRequest).where(HelpRequest.state.in_(OPEN)).order_by(HelpRequest.id))
    if request is None:
        return None
    getattr(working, verb)(session, request, who=f"staff {staff.id}", now=now)
    return f"notes {verb} for request {request.code}"


def reopen(session, staff, dice, now):
    request = _one(
        session, dice, select(HelpRequest).where(HelpRequest.closed_at.is_not(None)).order_by(HelpRequest.id)
    )
    if request is None:
        return None
    working.reopen(session, request, who=f"staff {staff.id}", now=now)
    return f"reopens request {request.code}"


def finish_late(session, staff, dice, now):
    """At the end: whatever is stuck or past its hour is seen to."""
    job = _one(session, dice, select(Job).where(Job.state.in_((State.STUCK, State.TAKEN))).order_by(Job.id))
    if job is None:
        return None
    for stop in job.open_stops:
        working.give_up(session, stop, who=f"staff {staff.id}", now=now)
    return f"gives up job {job.code}"


_ACTS = ((4, acknowledge), (3, ring_back), (2, read_texts), (2, ask_again), (2, assign), (1, release), (2, end_request),
         (1, reopen))  # fmt: skip
