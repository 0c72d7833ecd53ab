"""Somebody is forgotten: not a byte of her is left in the database, beside it, or at the carrier; what was counted is."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from town import ANNA, DUTY, KARL, LEE, ROSE, SAM, Town

from dispatch.forgetting import LEFT, forget
from dispatch.history import note
from dispatch.own_file import own_file
from dispatch.retention import Periods, expire
from dispatch.sealing import seal_new
from dispatch.telling import write_words
from dispatch.working import cancel
from models.carrier_copies import CarrierCopy
from models.errors import Refusal
from models.events import Event
from models.lifecycle import State
from models.people import Resident, Volunteer
from models.requests import HelpRequest, open_requests_of
from models.scrubbing import scrub
from models.traffic import AnsweredTurn, Call, Message, Recording, Thread

NAME, ADDRESS, DIET, CONTACT = "Quintella Vexworth", "Zanzibar Lane 77", "no jackfruitium", "Ottilia Vexworth"
WORDS = "my zygomatic lamp is broken"
# Nowhere else in the town, in whatever way it is written down.
CANARIES = ("Quintella", "Vexworth", "Zanzibar", "jackfruitium", "Ottilia", "zygomatic", "gnomelet", ROSE[1:], ANNA[1:])


def found(folder, **options):
    """Quintella, her contact, a neighbour, a volunteer, and somebody on duty."""
    town = Town(folder, **options)
    town.resident(NAME, ROSE, address=ADDRESS, diet=DIET, contact=(CONTACT, ANNA))
    town.resident("Karl Moss", KARL, address="Elsewhere 2")
    town.volunteer("Sam Lee", SAM)
    town.staff("Dora", DUTY)
    for day in (0, 1):
        town.menu("Soup", "Fish", days=day)
    town.files = folder
    return town


@pytest.fixture
def town(tmp_path):
    """Of these."""
    town = found(tmp_path)
    yield town
    town.go_down()


def person(session, name=NAME, kind=Resident):
    return session.scalars(sa.select(kind).where(kind.name == name)).one()


def ask_for_milk(town, words="Milk"):
    hers = town.telephone(ROSE)
    hers.dial()
    for key in "211":
        hers.press(key)
    hers.speak(words)
    hers.press("1")
    hers.hang_up()
    town.wait(minutes=1)


def live(town):
    """Everything that leaves traces: calls, texts, a voice message, an errand done, an alarm, words of the staff."""
    hers, sam = town.telephone(ROSE), town.telephone(SAM)
    hers.dial()
    hers.press("1")
    hers.hang_up()
    hers.text(WORDS)
    hers.text("errand Zanzibar milk")
    ask_for_milk(town, f"{WORDS} says Quintella")
    town.wait(minutes=2)
    sam.text("1")
    sam.text("6")
    town.telephone(ANNA).text("How is Quintella?")
    with town.database.begin() as session:
        her = person(session)
        her.door_note = "the gnomelet has the key"
        for request in session.scalars(sa.select(HelpRequest)):
            note(session, request, "note", who="staff 1", now=town.now, why=f"{NAME} sounded tired")
        helper = person(session, "Sam Lee", Volunteer)
        write_words(
            session, her.community, helper.phone, f"Please look after {NAME}, {ADDRESS}", who="staff 1", now=town.now
        )
    town.wait(minutes=40)


def traces(town):
    """Where any of it still stands, file by file."""
    files = [path for path in town.files.rglob("*") if path.is_file() and ".backups" not in str(path)]
    assert any(path.stat().st_size for path in files)
    return sorted(
        {f"{path.name}: {canary}" for path in files for canary in CANARIES if canary.encode() in path.read_bytes()}
    )


def at_carrier(town):
    """What of hers lies with the carrier."""
    ledger = town.exchange.plant.ledger
    said = [repr(one) for book in (ledger.messages, ledger.calls, ledger.recordings) for one in book]
    return [words for words in said if any(canary in words for canary in CANARIES)]


def forget_her(town, name=NAME, kind=Resident):
    with town.database.begin() as session:
        forget(session, person(session, name, kind), who="staff 1", now=town.now)


def test_not_a_byte_of_her_is_left_and_what_was_counted_is(town):
    live(town)
    with town.database.read() as session:
        before = {
            table: session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (HelpRequest, Message, Call)
        }
    assert len({trace.split(": ")[1] for trace in traces(town)}) == len(CANARIES), traces(town)
    forget_her(town)
    town.wait(minutes=10)
    town.wait(hours=26)
    scrub(town.database.engine)
    assert traces(town) == []
    assert at_carrier(town) == []
    with town.database.read() as session:
        after = {table: session.scalar(sa.select(sa.func.count()).select_from(table)) for table in before}
        assert session.scalar(sa.select(sa.func.count()).select_from(CarrierCopy)) == 0
        assert not [one for one in session.scalars(sa.select(HelpRequest)) if one.is_open and one.resident.forgotten_at]
    assert all(after[table] >= before[table] for table in before)


def test_whoever_shares_her_telephone_keeps_it(town):
    town.resident("Ulf Vexworth", ROSE, address=ADDRESS)
    shared = town.telephone(ROSE)
    for key in ("1", "2"):
        shared.dial()
        shared.press(key)
        shared.press("1")
        shared.hang_up()
    forget_her(town)
    with town.database.read() as session:
        ulf = person(session, "Ulf Vexworth")
        assert [one.resident_id for one in session.scalars(sa.select(HelpRequest)) if one.is_open] == [ulf.id]
    shared.dial()
    assert "Hello Ulf" in shared.heard
    with town.database.read() as session:
        assert person(session, "Ulf Vexworth").address == ADDRESS


def test_her_meal_is_not_cooked_and_nobody_comes(town):
    hers = town.telephone(ROSE)
    hers.dial()
    hers.press("1")
    hers.hang_up()
    forget_her(town)
    assert [one.state for one in town.requests] == [State.CANCELLED]


def test_a_volunteer_is_forgotten_and_what_was_promised_goes_to_others(town):
    town.volunteer("Lee Wu", LEE)
    ask_for_milk(town)
    town.telephone(SAM).text("1")
    town.settle()
    assert [job.state for job in town.jobs] == [State.TAKEN]
    forget_her(town, "Sam Lee", Volunteer)
    town.wait(minutes=2)
    assert "1 yes" in town.telephone(LEE).inbox[-1]
    scrub(town.database.engine)
    left = [path.name for path in town.files.rglob("*") if path.is_file() and b"Sam Lee" in path.read_bytes()]
    assert left == []


def test_nobody_is_forgotten_twice_and_nobody_is_found_afterwards(town):
    forget_her(town)
    with town.database.begin() as session, pytest.raises(Refusal, match="forgotten_already"):
        forget(session, session.scalars(sa.select(Resident).where(Resident.forgotten_at.is_not(None))).one(),
               who="staff 1", now=town.now)  # fmt: skip
    town.telephone(ROSE).text("1")
    town.settle()
    assert town.requests == []


def test_of_somebody_with_a_short_name_no_other_word_is_struck_out(town):
    town.resident("Al", "+12125550177", address="")
    with town.database.begin() as session:
        al = person(session, "Al")
        write_words(session, al.community, KARL, "Also ask Al about Alan", who="staff 1", now=town.now)
        forget(session, al, who="staff 1", now=town.now)
    with town.database.read() as session:
        said = [str(one.says) for one in session.scalars(sa.select(Message)) if "Alan" in str(one.says)]
    assert "Also ask … about Alan" in said[0]


@pytest.mark.parametrize("name", ["en", "place", "ed"])
def test_what_the_house_and_the_carrier_call_so_is_no_name(town, name):
    town.resident(f"{name} {name}{name}", "+12125550177", address="")
    town.telephone(KARL).text("1")
    town.settle()

    def says(session):
        texts = session.execute(sa.select(Message.message_sid, Message.language).order_by(Message.id)).all()
        moves = session.execute(sa.select(Event.verb, Event.who, Event.seal, Event.to_state).order_by(Event.id))
        return texts, [row for row in moves if row.verb != "forget"]

    with town.database.begin() as session:
        seal_new(session)
        her, before = person(session, f"{name} {name}{name}"), says(session)
        her.name = name
        forget(session, her, who="staff 1", now=town.now)
        texts, moves = says(session)
    assert texts
    assert (texts, moves[: len(before[1])]) == before


@pytest.mark.parametrize("kind", [Resident, Volunteer])
def test_every_column_of_a_person_is_emptied_or_says_nothing_of_her(kind):
    says_nothing = {"id", "community_id", "zone_id", "language", "forgotten_at"}
    assert set(kind.__table__.c.keys()) == set(LEFT[kind]) | (says_nothing & set(kind.__table__.c.keys()))


def test_her_own_file_has_all_of_hers_and_nothing_of_whoever_came(town):
    live(town)
    with town.database.read() as session:
        found = own_file(session, person(session))
    whole = json.dumps(found, ensure_ascii=False, default=str)
    for words in ("Quintella", ADDRESS, DIET, WORDS, CONTACT, "gnomelet"):
        assert words in whole, words
    assert "requests" in found
    assert "Karl" not in whole
    assert SAM not in json.dumps(found["requests"], default=str)


PERIODS = Periods(recordings_days=30, texts_days=90, calls_days=90, notes_days=365, logins_days=90, looks_days=180)


def test_what_is_too_old_goes_and_what_is_not_stays(town):
    live(town)
    with town.database.begin() as session:
        assert expire(session, PERIODS, now=town.now) == 0
        while expire(session, PERIODS, now=town.now + timedelta(days=31)):
            session.flush()
        assert session.scalars(sa.select(Recording.id).where(Recording.audio.is_not(None))).all(), (
            "it is still to be heard"
        )
        while expire(session, PERIODS, now=town.now + timedelta(days=366)):
            session.flush()
        unread = session.scalars(sa.select(Message).where(Message.needs_reading, Message.seen_at.is_(None))).all()
        assert all(text.body for text in unread), "nobody has read it yet"
        assert unread
        for text in unread:
            text.seen_at = town.now
        for request in open_requests_of(session, person(session)):
            cancel(session, request, who="staff 1", now=town.now)
        assert expire(session, PERIODS, now=town.now + timedelta(days=31)) > 0
        session.flush()
        assert not session.scalars(sa.select(Recording.id).where(Recording.audio.is_not(None))).all()
        assert session.scalars(sa.select(Message.id).where(Message.body != "")).all()
        while expire(session, PERIODS, now=town.now + timedelta(days=366)):
            session.flush()
        assert not session.scalars(sa.select(Message.id).where(Message.body != "")).all()
        assert not session.scalars(sa.select(Call.id).where(Call.phone != "")).all()
        assert not session.scalars(
            sa.select(HelpRequest.id).where(HelpRequest.note != "", HelpRequest.closed_at.is_not(None))
        ).all()
        assert not session.scalars(sa.select(AnsweredTurn.id)).all()
        assert not session.scalars(sa.select(Thread.id)).all()
        assert person(session).address == ADDRESS, "she is still here"


def test_for_ever_is_for_ever(town):
    live(town)
    with town.database.begin() as session:
        while expire(session, Periods(0, 0, 0, 0, 0, 0), now=town.now + timedelta(days=4000)):
            session.flush()
        assert session.scalars(sa.select(Recording.id).where(Recording.audio.is_not(None))).all()
        assert session.scalars(sa.select(Message.id).where(Message.body != "")).all()


def test_a_recording_that_is_here_is_deleted_at_the_carrier(town):
    live(town)
    town.wait(minutes=5)
    assert list(town.exchange.plant.ledger.recordings) == []
    with town.database.read() as session:
        assert session.scalars(sa.select(Recording.id).where(Recording.audio.is_not(None))).all()
