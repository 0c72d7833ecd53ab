"""Yes and no: her own call is a yes, kept with its words; "nothing at all any more" is heeded, and her own call takes it back."""

import pytest
import sqlalchemy as sa
from board_town import build_town
from town import ANNA, LEE, ROSE, SAM

from dispatch.enrolment import enrol, withdraw
from dispatch.merging import merge
from dispatch.offering import new_offer
from dispatch.one_person import Choice
from dispatch.taking import assign
from dispatch.telling import write_words
from models.errors import Refusal
from models.events import Event
from models.jobs import Job
from models.lifecycle import State
from models.menus import StandingOrder
from models.people import Consent, Resident, Volunteer
from models.requests import HelpRequest
from models.traffic import Call, Message


@pytest.fixture
def lunch(town):
    """Today's, and tomorrow's."""
    return [town.menu("Tomato soup", "Fish", days=day) for day in (0, 1)]


def her(session, name="Anna Berg", kind=Resident):
    return session.scalars(sa.select(kind).where(kind.name == name)).one()


def test_whoever_first_orders_herself_hears_once_what_is_kept_and_it_is_known_by_which_words(town, lunch):
    anna = town.resident("Anna Berg", ANNA, enrolled=False)
    anna.dial()
    assert "We keep your name" in anna.press("1")
    anna.hang_up()
    call = town.rows(Call)[0]
    with town.database.read() as session:
        assert her(session).consent is Consent.OWN_CALL
        told = {one.verb: (one.who, one.why) for one in session.scalars(sa.select(Event))}
        assert told["consent"] == (f"resident {her(session).id}", f"call {call.id} kept_of_you")
    assert "We keep your name" not in anna.text("3")


def test_by_text_too(town, lunch):
    anna = town.resident("Anna Berg", ANNA, enrolled=False)
    assert "We keep your name" in anna.text("1")
    with town.database.read() as session:
        [why] = session.scalars(sa.select(Event.why).where(Event.verb == "consent"))
    assert why.startswith("text ")
    assert why.endswith(" kept_of_you")


def test_whoever_is_enrolled_hears_nothing_of_it(town, rose, lunch):
    rose.dial()
    assert "We keep" not in rose.press("1")


def test_nobody_who_only_listens_has_said_yes(town, lunch):
    anna = town.resident("Anna Berg", ANNA, enrolled=False)
    anna.dial()
    anna.hang_up()
    with town.database.read() as session:
        assert her(session).enrolled_at is None


def withdrawn(town, name="Rose Miller", kind=Resident):
    with town.database.begin() as session:
        withdraw(session, her(session, name, kind), who="staff 1", now=town.now)


def test_nothing_any_more_calls_off_what_is_open_and_regular_and_nobody_rings_or_texts_her(town, rose, lunch):
    rose.dial()
    rose.press("1")
    rose.hang_up()
    with town.database.begin() as session:
        row = session.scalars(sa.select(Resident)).one()
        meal = row.community.meals[0]
        session.add(StandingOrder(community_id=row.community_id, resident_id=row.id, meal_id=meal.id, days=[]))
        write_words(session, row.community, ROSE, "Soup is late", who="staff 1", now=town.now)
    name = town.rows(Resident)[0].name
    before = len(rose.inbox)
    withdrawn(town, name)
    town.wait(minutes=5)
    assert len(rose.inbox) == before
    with town.database.read() as session:
        row = session.scalars(sa.select(Resident)).one()
        assert (row.enrolled_at, row.consent, row.withdrawn_at is not None) == (None, None, True)
        assert row.absences == [], "she has not moved"
        assert {one.state for one in session.scalars(sa.select(HelpRequest))} == {State.CANCELLED}
        assert session.scalars(sa.select(StandingOrder.ended_at)).one() is not None


def test_her_own_order_takes_it_back_and_a_word_that_she_wants_to_be_let_be_does_not(town, rose, lunch):
    name = town.rows(Resident)[0].name
    withdrawn(town, name)
    rose.text("please leave me alone")
    rose.dial()
    rose.press("0")
    rose.hang_up()
    assert town.rows(Resident)[0].enrolled_at is None
    rose.dial()
    assert "We keep your name" in rose.press("1")
    rose.hang_up()
    row = town.rows(Resident)[0]
    assert (row.consent, row.withdrawn_at) == (Consent.OWN_CALL, None)


def test_a_volunteer_who_wants_nothing_any_more_holds_nothing_and_is_not_asked(town, rose, sam):
    town.volunteer("Lee Wu", LEE)
    rose.dial()
    for key in "211":
        rose.press(key)
    rose.speak("Milk")
    rose.press("1")
    rose.hang_up()
    town.wait(minutes=1)
    sam.text("1")
    town.settle()
    assert [job.state for job in town.jobs] == [State.TAKEN]
    name = next(row.name for row in town.rows(Volunteer) if row.phone == SAM)
    before = len(sam.inbox)
    withdrawn(town, name, Volunteer)
    town.wait(minutes=2)
    assert len(sam.inbox) == before
    assert "1 yes" in town.telephone(LEE).inbox[-1]
    sam.text("on")
    assert next(row for row in town.rows(Volunteer) if row.phone == SAM).enrolled_at is not None


@pytest.fixture
def desk(tmp_path):
    """The staff's pages."""
    return build_town(tmp_path)


@pytest.mark.parametrize(("kind", "who", "path"), [(Resident, "rose", "residents"), (Volunteer, "sam", "volunteers")])
def test_staff_enter_it_in_one_move_and_see_since_when(desk, kind, who, path):
    chen = desk.browser()
    page = chen.see(f"/{path}/{desk.ids[who]}")
    assert "Nothing at all any more" in page
    page = chen.press(f"/{path}/{desk.ids[who]}/withdraw")
    assert "is not called or texted any more" in page
    assert "Wants nothing any more, since" in page
    assert desk.row(kind, desk.ids[who]).enrolled_at is None
    assert "Nothing at all any more" not in page
    page = chen.press(f"/{path}/{desk.ids[who]}/enrol", consent="staff")
    assert "Wants nothing any more, since" not in page
    assert desk.row(kind, desk.ids[who]).withdrawn_at is None
    assert "什么都不要了" in desk.browser(language="zh-CN").see(f"/{path}/{desk.ids[who]}")


@pytest.mark.parametrize("later", ["yes", "no"])
def test_of_two_entries_the_last_word_is_heeded(desk, later):
    with desk.database.begin() as session:
        kept, gone = (session.get_one(Resident, desk.ids[name]) for name in ("gao", "zhu"))
        withdraw(session, gone, who="staff 1", now=desk.now.replace(hour=2))
        kept.enrolled_at = None
        enrol(
            session, kept, consent=Consent.PAPER, who="staff 1", now=desk.now.replace(hour=3 if later == "yes" else 1)
        )
        merge(session, kept, gone, Choice(), who="staff 1", now=desk.now.replace(hour=4))
        assert (kept.enrolled_at is not None) == (later == "yes")


def test_nobody_is_given_a_job_who_wants_nothing_any_more(desk):
    job_id = desk.job_of(desk.errand())
    with desk.database.begin() as session:
        sam, job = session.get_one(Volunteer, desk.ids["sam"]), session.get_one(Job, job_id)
        new_offer(session, job, sam, now=desk.now)
        withdraw(session, sam, who="staff 1", now=desk.now)
        with pytest.raises(Refusal, match="not_enrolled"):
            assign(session, job, sam, who="staff 1", now=desk.now)
        assert not session.scalars(
            sa.select(Message).where(Message.volunteer_id == sam.id, Message.due_at.is_not(None))
        ).all()
