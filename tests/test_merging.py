"""Who was entered twice becomes one person, and no request, cent or message is lost."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch import alarms, asking, money, taking, unreached
from dispatch.doubles import probable_doubles, tell_apart
from dispatch.merging import hindrances, merge
from dispatch.moving_over import ONLY_ONE, how_much, only_one_of, references_to
from dispatch.one_person import GONE_ONE, PARTS, SETTLED, Choice
from dispatch.ordering import place_meal
from dispatch.telling import named
from models.base import Base
from models.doubles import Merge, NotTheSame, merged_into
from models.errors import Refusal
from models.events import Event
from models.jobs import Channel, Job, Offer, OfferState
from models.lifecycle import State
from models.locked import LockedJson, LockedText
from models.menus import Menu, StandingOrder
from models.money import Correction, Statement
from models.people import Absence, AbsenceKind, Consent, Contact, Resident, Volunteer, never_together
from models.places import Community
from models.requests import HelpRequest, Source
from models.tasks import Alert, AlertKind, Callback
from models.traffic import Call, Delivery, Direction, Message, Thread

WHO = "staff 1"


@pytest.fixture
def town(tmp_path):
    """Two communities and their people."""
    return build_town(tmp_path)


@pytest.fixture
def twice(town):
    """Rose, and Rose again, from another list."""
    with town.database.begin() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        again = Resident(
            community_id=rose.community_id, name="Miller, Rose", phone="+861055550909", language="en", zone_id=rose.zone_id,
            address="East 8, 401", diet="diabetic", hardship="B",
        )  # fmt: skip
        session.add(again)
        session.flush()
        town.ids["again"] = again.id
    return town


def both(session, town, kind=Resident, names=("rose", "again")):
    """The entry that is kept, and the other one."""
    return [session.get_one(kind, town.ids[name]) for name in names]


def merged(town, kind=Resident, names=("rose", "again"), **choice):
    """One person of two entries."""
    with town.database.begin() as session:
        kept, gone = both(session, town, kind, names)
        return merge(session, kept, gone, Choice(**choice), who=WHO, now=town.now).id


def counts(session):
    """How many rows there are in each table."""
    return {
        table.name: session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }


def points_to(session, kind, row_id):
    """Where somebody is still pointed to."""
    return [
        column.table.name for column in references_to(kind)
        if session.scalar(sa.select(sa.func.count()).select_from(column.table).where(column == row_id))
    ]  # fmt: skip


# ---- nothing is forgotten


@pytest.mark.parametrize("kind", [Resident, Volunteer])
def test_every_column_of_an_entry_is_asked_for_or_settled(kind):
    parts = {column for part in PARTS[kind] for column in part.columns}
    columns = {column.name for column in kind.__table__.c}
    assert parts | (SETTLED & columns) == columns
    assert not parts & SETTLED


@pytest.mark.parametrize("kind", [Resident, Volunteer])
def test_where_only_one_can_be_it_is_settled_what_becomes_of_two(kind):
    assert only_one_of(kind) - {kind.__tablename__} <= set(ONLY_ONE)


def test_a_column_that_points_to_people_without_saying_so_is_known():
    """SQLite takes no foreign key into a table that is there: such columns are moved by hand, and listed here."""
    plain = {
        f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.c
        if column.name.endswith("_id") and not column.foreign_keys
    }  # fmt: skip
    others = {"dishes.kitchen_id", "messages.kitchen_id", "calls.kitchen_id", "help_requests.spare_for_id",
              "help_requests.twin_of_id", "merges.gone_id", "setting_changes.row_id", "setting_changes.undoes_id"}  # fmt: skip
    assert plain - others == {"residents.follows_id"}


def filled(session, table, column, row_id, town):
    """A row of that table that points to somebody by that column, whatever else it needs."""
    values = {"due_at": town.now} if "due_at" in table.c else {}
    for other in table.c:
        is_given = other.nullable or other.default is not None or (other.primary_key and not other.foreign_keys)
        if other is column:
            values[other.name] = row_id
        elif not is_given:
            values[other.name] = _anything(session, other, town)
    session.execute(sa.insert(table).values(values))


_LINE = iter(range(1, 100_000))


def _anything(session, column, town):
    keys = list(column.foreign_keys)
    if keys:
        target = keys[0].column
        if target.table.name == "communities":
            return town.ids["community"]
        return session.scalar(sa.select(target).order_by(target).limit(1))
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    if isinstance(column.type, LockedText):
        return f"x{next(_LINE)}"
    if isinstance(column.type, sa.JSON | LockedJson):
        return {}
    if isinstance(column.type, sa.Integer | sa.Float):
        return next(_LINE)
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.Date):
        return date(2026, 11, 1)
    if isinstance(column.type, sa.String):
        return f"x{next(_LINE)}"
    return town.now


@pytest.mark.parametrize("kind", [Resident, Volunteer])
def test_whatever_points_to_the_one_points_to_the_other_in_every_table_there_is(town, kind):
    """Also in a table that nobody has thought of here: rows are made up from what the tables themselves say."""
    town.errand("zhu")
    with town.database.begin() as session:
        one = session.get_one(kind, town.ids["rose" if kind is Resident else "sam"])
        if kind is Volunteer:
            one.zones, one.services = [], []
        other = type(one)(**{c.name: getattr(one, c.name) for c in kind.__table__.c if c.name != "id"})
        session.add(other)
        session.flush()
        for column in references_to(kind):
            if column.table.name in ("not_the_same",):
                continue
            if column.table.name == "offers":
                session.add(Job(community_id=one.community_id, code=900, service_id=1, zone_id=1, wanted_from=town.now,
                                wanted_until=town.now, state=State.DONE, version=1))  # fmt: skip
                session.flush()
            filled(session, column.table, column, other.id, town)
        before, hers = counts(session), how_much(session, other)
        assert set(hers) == {column.table.name for column in references_to(kind)} - {"not_the_same"}
        gone_id = other.id
        row = merge(session, one, other, Choice(), who=WHO, now=town.now)
        session.flush()
        assert points_to(session, kind, gone_id) == []
        after = counts(session)
        assert row.moved == hers
        expected = {**before, kind.__tablename__: before[kind.__tablename__] - 1, "merges": before["merges"] + 1}
        assert {**after, "events": 0} == {**expected, "events": 0}


# ---- what stays


def test_what_is_filled_stays_and_what_must_not_be_lost_of_both(twice):
    merged(twice)
    rose = twice.row(Resident, twice.ids["rose"])
    assert (rose.name, rose.address, rose.hardship, rose.door_note) == (
        "Miller, Rose",
        "East 8, 401",
        "B",
        "Ring twice",
    )
    assert rose.diet == "no peanuts; diabetic", "the kitchen must know both"
    assert (rose.phone, rose.other_phone) == ("+8617000002001", "+861055550909")
    assert rose.consent == Consent.PAPER
    with twice.database.read() as session:
        assert session.get(Resident, twice.ids["again"]) is None
        assert merged_into(session, Resident, twice.ids["again"]).id == rose.id
        row = session.scalars(sa.select(Merge)).one()
        assert (row.name, row.who, row.resident_id) == ("Miller, Rose", WHO, rose.id)
        assert row.was["kept"]["name"] == "Rose Miller"
        event = session.scalars(sa.select(Event).where(Event.verb == "merge")).one()
        assert (event.who, event.why) == (WHO, f"resident {rose.id}")


def test_what_staff_choose_stays(twice):
    merged(twice, parts={"name": "kept", "diet": GONE_ONE, "address": "kept"}, phone="+861055550909")
    rose = twice.row(Resident, twice.ids["rose"])
    assert (rose.name, rose.diet, rose.address) == ("Rose Miller", "diabetic", "East 8-2-401")
    assert (rose.phone, rose.other_phone) == ("+861055550909", "+8617000002001")


def test_who_agreed_in_either_entry_has_agreed(twice):
    merged(twice, names=("again", "rose"))
    rose = twice.row(Resident, twice.ids["again"])
    assert rose.consent == Consent.PAPER
    assert rose.enrolled_at is not None


def test_a_daughter_in_both_entries_is_one_and_what_she_was_told_stays_hers(twice):
    with twice.database.begin() as session:
        rose, again = both(session, twice)
        again.contacts += [Contact(name="daughter ann", phone="+8617000007001", language="en"),
                           Contact(name="Son Bob", phone="+8617000007002", language="en")]  # fmt: skip
        session.flush()
        ann = again.contacts[0]
        session.add(Message(community_id=rose.community_id, direction=Direction.OUTBOUND, phone=ann.phone, contact_id=ann.id,
                            state=Delivery.DELIVERED, made_at=twice.now))  # fmt: skip
        session.add(
            Event(community_id=rose.community_id, at=twice.now, who=WHO, verb="tried", why=f"contact {ann.id} reached")
        )
    merged(twice)
    with twice.database.read() as session:
        rose = session.get_one(Resident, twice.ids["rose"])
        assert [contact.name for contact in rose.contacts] == ["Daughter Ann", "Son Bob"]
        ann = rose.contacts[0].id
        assert session.scalars(sa.select(Message)).one().contact_id == ann
        assert session.scalars(sa.select(Event.why).where(Event.verb == "tried")).one() == f"contact {ann} reached"


# ---- what somebody must decide first


def refused(town, **choice):
    """Why it is not done; nothing has changed then."""
    with town.database.read() as session:
        before = counts(session)
    with pytest.raises(Refusal) as refusal:
        merged(town, **choice)
    with town.database.read() as session:
        assert counts(session) == before
        assert session.get(Resident, town.ids["again"]) is not None
    return refusal.value.reason


def test_two_orders_of_one_meal_must_be_decided(twice):
    twice.lunch("rose")
    twice.lunch("again", "2")
    assert refused(twice) == "merge_two_orders"


def test_a_meal_on_a_day_on_which_the_other_entry_is_away_must_be_decided(twice):
    twice.lunch("rose")
    with twice.database.begin() as session:
        session.add(Absence(resident_id=twice.ids["again"], kind=AbsenceKind.HOSPITAL, from_date=date(2026, 11, 20)))
    assert refused(twice) == "merge_away"
    assert refused(twice, parts={"name": GONE_ONE}) == "merge_away"


def test_nobody_is_merged_while_she_speaks(twice):
    with twice.database.begin() as session:
        session.add(Call(community_id=twice.ids["community"], direction=Direction.INBOUND, phone="+861055550909",
                         resident_id=twice.ids["again"], state=Delivery.LIVE, made_at=twice.now))  # fmt: skip
    assert refused(twice) == "merge_on_the_phone"


def test_nobody_is_merged_with_herself_or_with_somebody_elsewhere(twice):
    twice.ids["again"], again = twice.ids["rose"], twice.ids["again"]
    assert refused(twice) == "merge_same"
    twice.ids["again"] = twice.ids["stranger"]
    assert refused(twice) == "merge_same"
    twice.ids["again"] = again


def test_of_two_standing_orders_for_one_day_the_chosen_one_stays(twice):
    with twice.database.begin() as session:
        for name, days in (("rose", ["mon", "tue"]), ("again", []), ("again", ["sun"])):
            meal = twice.ids["lunch meal" if days != ["sun"] else "dinner meal"]
            session.add(StandingOrder(community_id=twice.ids["community"], resident_id=twice.ids[name], meal_id=meal, days=days,
                                      dish=name))  # fmt: skip
    merged(twice, standing=GONE_ONE)
    with twice.database.read() as session:
        rows = session.scalars(sa.select(StandingOrder).order_by(StandingOrder.id)).all()
        assert {row.resident_id for row in rows} == {twice.ids["rose"]}
        assert [row.ended_at is None for row in rows] == [False, True, True]


@pytest.mark.parametrize("has_left", [False, True])
def test_an_entry_that_was_marked_as_moved_because_it_was_one_too_many_takes_nobody_away(twice, has_left):
    with twice.database.begin() as session:
        session.add(Absence(resident_id=twice.ids["again"], kind=AbsenceKind.MOVED, from_date=date(2026, 11, 1)))
    merged(twice, has_left=has_left)
    with twice.database.read() as session:
        assert session.get_one(Resident, twice.ids["rose"]).is_gone(date(2026, 11, 23)) is has_left
        assert len(session.scalars(sa.select(Merge)).one().was["left"]) == 1


# ---- money, alerts, talks


def test_two_statements_of_one_month_say_together_what_one_says_now(twice):
    with twice.database.begin() as session:
        for name, owed in (("rose", 1200), ("again", 800)):
            session.add(Statement(
                community_id=twice.ids["community"], resident_id=twice.ids[name], month=date(2026, 10, 1), meals=1,
                price_cents=owed + 100, subsidy_cents=100, corrected_cents=0, carried_cents=50, owed_cents=owed + 50,
                carried=[["2026-09-01", 50]], issued_at=twice.now, issued_by=WHO,
            ))  # fmt: skip
    with twice.database.read() as session:
        before = sum(
            sum(c for _, c in lines) for lines in money.Book.of(session, twice.ids["community"]).changes().values()
        )
    merged(twice)
    with twice.database.read() as session:
        row = session.scalars(sa.select(Statement)).one()
        assert (row.meals, row.price_cents, row.owed_cents, row.carried_cents) == (2, 2200, 2100, 100)
        assert row.carried == [["2026-09-01", 100]]
        assert len(session.scalars(sa.select(Merge)).one().was["statements"]) == 2
        after = sum(
            sum(c for _, c in lines) for lines in money.Book.of(session, twice.ids["community"]).changes().values()
        )
        assert after == before


def test_alerts_follow_and_close_by_themselves_for_the_entry_that_stays(twice):
    with twice.database.begin() as session:
        rose, again = both(session, twice)
        unreached.could_not_reach(session, rose.community, again, "+861055550909", now=twice.now)
        unreached.could_not_reach(session, rose.community, rose, "+8617000002001", now=twice.now)
    merged(twice)
    with twice.database.begin() as session:
        rose = session.get_one(Resident, twice.ids["rose"])
        alerts = session.scalars(sa.select(Alert).where(Alert.kind == AlertKind.UNREACHED)).all()
        assert {alert.about for alert in alerts} == {named(rose)}
        assert [alert.closed_at is None for alert in alerts].count(True) == 1
        unreached.is_reached(session, [rose], now=twice.now)
    with twice.database.read() as session:
        assert session.scalars(sa.select(Alert).where(Alert.closed_at.is_(None))).all() == []


def test_a_talk_that_rests_goes_on_with_the_entry_that_stays(twice):
    with twice.database.begin() as session:
        session.add(Thread(community_id=twice.ids["community"], phone="+861055550909", at=twice.now,
                           talk={"place": "home", "resident_id": twice.ids["again"]}))  # fmt: skip
        gao = session.get_one(Resident, twice.ids["gao"])
        gao.follows_id = twice.ids["again"]
    merged(twice)
    with twice.database.read() as session:
        assert session.scalars(sa.select(Thread)).one().talk["resident_id"] == twice.ids["rose"]
    assert twice.row(Resident, twice.ids["gao"]).follows_id == twice.ids["rose"]


# ---- volunteers


def test_volunteers_who_were_asked_twice_keep_every_question(town):
    with town.database.begin() as session:
        sam, lee = both(session, town, Volunteer, ("sam", "lee"))
        jobs = [Job(community_id=sam.community_id, code=700 + n, service_id=1, zone_id=1, wanted_from=town.now,
                    wanted_until=town.now, state=State.DONE, version=1) for n in range(2)]  # fmt: skip
        session.add_all(jobs)
        session.flush()
        for job in jobs:
            for volunteer in (sam, lee):
                session.add(Offer(job_id=job.id, volunteer_id=volunteer.id, wave=1, channel=Channel.TEXT, made_at=town.now,
                                  state=OfferState.NO))  # fmt: skip
        session.execute(sa.insert(never_together), [
            {"volunteer_id": sam.id, "resident_id": town.ids["rose"]}, {"volunteer_id": lee.id, "resident_id": town.ids["rose"]},
            {"volunteer_id": lee.id, "resident_id": town.ids["gao"]},
        ])  # fmt: skip
        sam.zones, lee.zones = sam.zones[:1], lee.zones[1:]
    merged(town, Volunteer, ("sam", "lee"))
    with town.database.read() as session:
        sam = session.get_one(Volunteer, town.ids["sam"])
        assert [offer.volunteer_id for offer in session.scalars(sa.select(Offer))] == [sam.id] * 4
        apart = session.execute(sa.select(never_together)).all()
        assert {tuple(row) for row in apart} == {(sam.id, town.ids["rose"]), (sam.id, town.ids["gao"])}
        assert len(sam.zones) == 2, "she goes wherever either entry said"


def test_what_both_entries_are_asked_for_at_this_moment_must_be_decided(town):
    errand = town.errand("rose")
    town.wait(minutes=1)
    assert town.job_of(errand)
    with pytest.raises(Refusal) as refusal:
        merged(town, Volunteer, ("sam", "lee"))
    assert refusal.value.reason == "merge_both_asked"


# ---- who is proposed


def proposed(town, kind=Resident):
    """The pairs, by name, and why."""
    with town.database.read() as session:
        community = session.get_one(Community, town.ids["community"])
        found = probable_doubles(session, community, kind)
        return {
            (session.get_one(kind, one.first_id).name, session.get_one(kind, one.other_id).name): one.why
            for one in found
        }


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (("李建国", "+8617000001111", "East 1"), ("李建國", "+8617000001111", "East 2"), "same_number"),
        (("李建国", "+8617000001111", ""), ("Li Jianguo", "+8617000001111", ""), "same_number"),
        (("Ann Lee", "+8617000001111", "East 1"), ("Bob Lee", "+8617000001111", "East 1"), None),
        (("Ann Lee", "+8617000001111", "East 9-1"), ("Lee, Ann", "+8617000002222", "east 9 1"), "same_address"),
        (("王芳", "+8617000001111", "East 1"), ("王芳", "+8617000001112", "West 2"), "near_number"),
        (("王芳", "+8617000001111", "East 1"), ("王芳", "+8617000002345", "West 2"), None),
        (("王芳", "+8617000001123", ""), ("王方", "+8617000001132", ""), "near_number"),
        (("Rose Miller", "", "East 1"), ("Rose Miler", "", "East 1"), "same_address"),
        (("Rose Miller", "", ""), ("Rose Miller", "", ""), None),
    ],
)
def test_who_is_probably_one(town, one, other, why):
    with town.database.begin() as session:
        community = session.get_one(Community, town.ids["community"])
        for name, phone, address in (one, other):
            session.add(Resident(community=community, zone=community.zones[0], name=name, phone=phone or None,
                                 address=address, language="en"))  # fmt: skip
    assert proposed(town) == ({(one[0], other[0]): why} if why else {})


def test_who_was_said_to_be_two_is_not_proposed_again_nor_after_a_merge(twice):
    with twice.database.begin() as session:
        rose, again = both(session, twice)
        again.phone = rose.phone
        third = Resident(
            community_id=rose.community_id, zone_id=rose.zone_id, name="Rose", phone=rose.phone, language="en"
        )
        session.add(third)
        session.flush()
        twice.ids["third"] = third.id
        assert len(probable_doubles(session, rose.community, Resident)) == 3
        tell_apart(session, rose, third, who=WHO, now=twice.now)
        tell_apart(session, third, rose, who=WHO, now=twice.now)
    with twice.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(NotTheSame)) == 1
    assert len(proposed(twice)) == 2
    merged(twice, names=("again", "rose"))
    assert proposed(twice) == {}, "whom she was told apart from as Rose, she is told apart from now"


def test_volunteers_are_proposed_too(town):
    with town.database.begin() as session:
        lee = session.get_one(Volunteer, town.ids["lee"])
        session.add(Volunteer(community_id=lee.community_id, name="Li Qiang", phone=lee.phone, language="en", days=[]))
    assert proposed(town, Volunteer) == {("李强", "Li Qiang"): "same_number"}


# ---- random towns


_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["lunch", "tomorrow", "errand", "text", "callback", "alert", "contact", "standing", "away", "statement", "correct",
             "take", "finish", "question", "follow", "apart"]
        ),
        st.sampled_from(["rose", "again"]), st.integers(0, 3),
    ),
    max_size=14,
)  # fmt: skip


def do(town, session, deed, name, number):
    """One thing that happens to one of the entries; what is refused does not happen."""
    row = session.get_one(Resident, town.ids[name])
    month = date(2026, 7 + number, 1)
    common = {"community_id": row.community_id, "resident_id": row.id}
    if deed in ("lunch", "tomorrow"):
        menu = session.get_one(Menu, town.ids[deed])
        placed = place_meal(session, row, menu, menu.dishes[number % 2], source=Source.VOICE, who="x", now=town.now)
        placed.price_cents, placed.subsidy_cents = 1000 + number, 100
    elif deed == "errand":
        service = next(s for s in row.community.services if s.code == "errand")
        start, end = asking.soon(row.community, town.now)
        asking.place_help(
            session, row, service, wanted_from=start, wanted_until=end, source=Source.VOICE, who="x", now=town.now
        )
    elif deed in ("take", "finish"):
        job = session.scalars(sa.select(Job).join(Job.stops).where(HelpRequest.resident_id == row.id)).first()
        if job is not None and job.state in (State.WAITING, State.OFFERED):
            taking.assign(session, job, session.get_one(Volunteer, town.ids["sam"]), who=WHO, now=town.now)
    elif deed == "text":
        session.add(Message(**common, direction=Direction.INBOUND, phone=row.phone, body=str(number),
                            state=Delivery.RECEIVED, made_at=town.now, needs_reading=True))  # fmt: skip
    elif deed == "callback":
        alarms.open_callback(session, row.community, phone=row.phone, why="unfinished", now=town.now, resident=row)
    elif deed == "alert":
        unreached.could_not_reach(session, row.community, row, row.phone, now=town.now)
    elif deed == "contact":
        row.contacts.append(Contact(name=f"Contact {number}", phone=f"+861700000800{number}", language="en"))
    elif deed == "standing":
        session.add(
            StandingOrder(**common, meal_id=town.ids["lunch meal"], days=[["mon"], ["tue"], [], ["mon", "wed"]][number])
        )
    elif deed == "away":
        start = date(2026, 11, 23) + timedelta(days=number)
        row.absences.append(Absence(kind=list(AbsenceKind)[number], from_date=start, until_date=start))
    elif deed == "statement":
        session.add(Statement(**common, month=month, meals=1, price_cents=number, subsidy_cents=0, corrected_cents=0,
                              carried_cents=7, carried=[["2026-06-01", 7]], owed_cents=number + 7, issued_at=town.now,
                              issued_by=WHO))  # fmt: skip
        session.flush()
    elif deed == "correct":
        money.correct(session, row, month, cents=number * 13 - 20, why="x", who=WHO, now=town.now)
    elif deed == "follow":
        session.get_one(Resident, town.ids["gao"]).follows_id = row.id
    elif deed == "apart":
        tell_apart(session, row, session.get_one(Resident, town.ids["zhu"]), who=WHO, now=town.now)


def sums(session, town):
    """Every cent, however it is written down."""
    book = money.Book.of(session, town.ids["community"])
    return (
        sum(own.cents for own in book.own.values()),
        sum(cents for lines in book.changes().values() for _, cents in lines),
        session.scalar(sa.select(sa.func.sum(Correction.cents))),
        session.scalar(sa.select(sa.func.sum(Statement.owed_cents))),
        session.scalar(sa.select(sa.func.sum(HelpRequest.price_cents))),
    )


def ids(session, kind):
    """Which rows there are."""
    return sorted(session.scalars(sa.select(kind.id)))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(deeds=_DEEDS, standing=st.sampled_from(["kept", "gone"]), has_left=st.booleans())
def test_in_random_towns_no_request_no_cent_and_no_message_is_lost(tmp_path_factory, deeds, standing, has_left):
    town = build_town(tmp_path_factory.mktemp("random"))
    with town.database.begin() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        again = Resident(
            community_id=rose.community_id, name="Rose M", phone="+861055550909", language="en", zone_id=rose.zone_id
        )
        session.add(again)
        session.flush()
        town.ids["again"] = again.id
    for deed, name, number in deeds:
        try:
            with town.database.begin() as session:
                do(town, session, deed, name, number)
        except (Refusal, sa.exc.IntegrityError):
            continue
    kept_kinds = (HelpRequest, Message, Callback, Call, Alert, StandingOrder, Correction, Job, Event)
    choice = Choice(standing=standing, has_left=has_left)
    with town.database.begin() as session:
        kept, gone = both(session, town)
        before = {kind: ids(session, kind) for kind in kept_kinds}
        money_before, gone_id = sums(session, town), gone.id
        open_alerts = session.scalars(sa.select(Alert.kind).where(Alert.closed_at.is_(None))).all()
        if hindrances(session, kept, gone, choice):
            with pytest.raises(Refusal):
                merge(session, kept, gone, choice, who=WHO, now=town.now)
            return
        merge(session, kept, gone, choice, who=WHO, now=town.now)
    with town.database.read() as session:
        for kind in kept_kinds:
            assert set(before[kind]) <= set(ids(session, kind)), kind
        assert sums(session, town) == money_before
        assert points_to(session, Resident, gone_id) == []
        assert session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        assert set(open_alerts) == set(session.scalars(sa.select(Alert.kind).where(Alert.closed_at.is_(None))))
        open_orders = session.scalars(sa.select(StandingOrder).where(StandingOrder.ended_at.is_(None))).all()
        assert {order.resident_id for order in open_orders} <= {town.ids["rose"], town.ids["gao"], town.ids["zhu"]}
        assert session.get_one(Resident, town.ids["gao"]).follows_id in (None, town.ids["rose"])


# ---- on the board


def test_two_entries_are_proposed_compared_and_made_one_on_the_board(twice):
    chen = twice.browser()
    with twice.database.begin() as session:
        rose, again = both(session, twice)
        again.phone = rose.phone
    twice.errand("again", "Milk")
    page = chen.see("/people/twice")
    assert "Same number, similar name" in page
    pair = f"/residents/{twice.ids['rose']}/same/{twice.ids['again']}"
    assert pair in page
    assert "Compare" not in twice.browser("Ai Ding").see("/people/twice"), "who only reads is led nowhere"
    page = chen.see(pair)
    for said in ("no peanuts; diabetic", "East 8, 401", "East 8-2-401", "Requests 1", "Contacts 1"):
        assert said in page, said
    chen.press(pair, part_name="kept", part_diet="both", part_address="gone")
    assert "Rose Miller is one entry now." in chen.page
    rose = twice.row(Resident, twice.ids["rose"])
    assert (rose.name, rose.address, rose.diet) == ("Rose Miller", "East 8, 401", "no peanuts; diabetic")
    chen.see(f"/residents/{twice.ids['again']}", 404)
    page = chen.see("/people/twice")
    assert "Nobody seems to be entered twice" in page
    assert "Miller, Rose" in page, "what was merged can be looked up"
    for said in ("diabetic", "170 0000 2001", "What stood in the other entry"):
        assert said in page.split('id="merged"')[1], said


def test_two_people_are_told_apart_on_the_board_and_not_proposed_again(twice):
    chen = twice.browser()
    with twice.database.begin() as session:
        rose, again = both(session, twice)
        again.phone = rose.phone
    pair = f"/residents/{twice.ids['rose']}/same/{twice.ids['again']}"
    chen.see(pair)
    chen.press(f"{pair}/two")
    assert "Nobody seems to be entered twice" in chen.page


def test_what_must_be_decided_first_is_said_with_its_links_and_nothing_happens(twice):
    chen = twice.browser()
    orders = [twice.lunch("rose"), twice.lunch("again", "2")]
    pair = f"/residents/{twice.ids['rose']}/same/{twice.ids['again']}"
    page = chen.see(pair)
    assert "Both have ordered the same meal" in page
    assert all(f"/requests/{order}" in page for order in orders)
    chen.press(pair, 409)
    assert "Both have ordered the same meal" in chen.page
    assert twice.row(Resident, twice.ids["again"]) is not None


def test_somebody_can_be_looked_for_whom_nobody_proposed(twice):
    chen = twice.browser()
    page = chen.see(f"/people/twice?of={twice.ids['rose']}&q=chu")
    assert "Nobody fits" in page
    page = chen.see(f"/people/twice?of={twice.ids['rose']}&q=ghm")
    assert f"/residents/{twice.ids['rose']}/same/{twice.ids['gao']}" in page


def test_who_was_edited_meanwhile_is_looked_at_again(twice):
    chen = twice.browser()
    pair = f"/residents/{twice.ids['rose']}/same/{twice.ids['again']}"
    seen = re.search(r'name="seen" value="(\w+)"', chen.see(pair))[1]
    with twice.database.begin() as session:
        session.get_one(Resident, twice.ids["again"]).diet = "no fish"
    chen.press(pair, 422, seen=seen)
    assert twice.row(Resident, twice.ids["again"]).diet == "no fish"


def test_the_history_of_a_merged_entry_names_the_person(twice):
    errand = twice.errand("again", "Milk")
    merged(twice, parts={"name": "kept"})
    assert "Rose Miller" in twice.browser().see(f"/requests/{errand}").split('id="events-head"')[1]


def test_volunteers_are_made_one_on_the_board(town):
    chen = town.browser()
    pair = f"/volunteers/{town.ids['sam']}/same/{town.ids['lee']}"
    chen.see(pair)
    chen.press(pair, part_name="gone", phone="+8617000003002")
    sam = town.row(Volunteer, town.ids["sam"])
    assert (sam.name, sam.phone, sam.other_phone) == ("李强", "+8617000003002", "+8617000003001")
