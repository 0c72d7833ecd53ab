"""The morning: one page for whoever comes in, one text for whoever wants it, and what yesterday cost."""

import re
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town
from town import ROSE, SAM

from dispatch.costs import traffic_of
from dispatch.counting import have_count, tell_kitchens
from dispatch.figures import Came, asked_in, rang_in
from dispatch.mornings import look_at_morning, next_morning, seal_left_at, sentences_of
from dispatch.rounds import close_menu
from dispatch.sealing import seal_history, verify
from models.events import Event
from models.installation import Installation
from models.kitchens import Kitchen
from models.menus import Menu
from models.numbers import phone_of
from models.people import Absence, AbsenceKind, Resident, Role, Staff, Volunteer
from models.places import Community
from models.tasks import Callback
from models.traffic import Call, Delivery, Direction, Message, Outcome, minutes_of

BOSS = "+12125550132"


@pytest.fixture
def town(tmp_path):
    """Two small communities and their board."""
    return build_town(tmp_path)


@pytest.fixture
def chen(town):
    """The coordinator."""
    return town.browser()


@pytest.fixture
def street(found_town):
    """A town with telephones; it is nine in the morning."""
    town = found_town()
    town.resident("Rose Miller", ROSE)
    town.volunteer("Sam Brown", SAM)
    town.staff("Bea", BOSS, role=Role.COORDINATOR, on_duty=False)
    return town


def panel(page, name):
    """One part of the page, as one reads it."""
    found = re.search(rf'<section class="panel[^"]*" id="{name}".*?</section>', page, re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def wants_mornings(street):
    with street.database.begin() as session:
        staff = session.scalars(sa.select(Staff).where(Staff.name == "Bea")).one()
        staff.morning_due_at = next_morning(staff.community, street.now)


# ---- the page


def test_an_empty_morning_is_kind(town, chen):
    with town.database.begin() as session:
        for menu in session.scalars(sa.select(Menu)):
            session.delete(menu)
    page = chen.see("/morning")
    assert "Nothing waits for you" in panel(page, "todo")
    assert "Everything for today has somebody" in panel(page, "unfilled")
    assert "Nobody is away." in panel(page, "away")
    assert "Nothing is cooked today." in panel(page, "cooked")
    assert "Every number we know works." in panel(page, "phones")
    assert "Nobody called or wrote" in panel(page, "cost")
    assert "No good backup yet" in panel(page, "system")


def test_the_morning_names_what_waits_and_leads_to_each_list(town, chen):
    errand = town.errand()
    town.callback("+8617000002001", "asked_for_person")
    with town.database.begin() as session:
        community = session.get_one(Community, town.ids["community"])
        phone_of(session, community, "+8617000002001").unreachable_since = town.now
        session.add(
            Call(
                community_id=community.id, direction=Direction.INBOUND, phone="+8617000002001", state=Delivery.ENDED,
                call_sid="CA1", outcome=Outcome.UNFINISHED, made_at=town.now - timedelta(hours=15),
                started_at=town.now - timedelta(hours=15), ended_at=town.now - timedelta(hours=15, seconds=-9),
            )
        )  # fmt: skip
    page = chen.see("/morning")
    assert "1 to ring back" in panel(page, "todo")
    assert "1 call not finished since yesterday" in panel(page, "todo")
    assert "Rose Miller" in panel(page, "unfilled")
    assert f'href="/requests/{errand}"' in page
    assert "1 number does not work" in panel(page, "phones")
    for link in re.findall(r'class="figure[^"]*" href="([^"#]+)', page):
        chen.see(link.replace("&amp;", "&"))
    calls = next(link for link in re.findall(r'href="([^"]+)"', page) if "came=unfinished" in link)
    assert "1 call<" in chen.see(calls.replace("&amp;", "&"))
    assert "Rose Miller" in chen.page


def test_who_is_away_from_today_and_who_is_back(town, chen):
    today = date(2026, 11, 23)
    with town.database.begin() as session:
        rose, sam = session.get_one(Resident, town.ids["rose"]), session.get_one(Volunteer, town.ids["sam"])
        rose.absences.append(Absence(kind=AbsenceKind.HOSPITAL, from_date=today))
        sam.absences.append(
            Absence(kind=AbsenceKind.AWAY, from_date=today - timedelta(days=5), until_date=today - timedelta(days=1))
        )
        lee = session.get_one(Volunteer, town.ids["lee"])
        lee.absences.append(Absence(kind=AbsenceKind.MOVED, from_date=today - timedelta(days=5)))
    away = panel(chen.see("/morning"), "away")
    assert "Rose Miller" in away.split("Back today")[0]
    assert "from today" in away
    assert "Sam Lee" in away.split("Back today")[1]
    assert "李强" not in away, "who has moved is not away but gone"
    assert "Rose Miller" in chen.see("/morning/away")


def test_what_is_cooked_is_said_dish_by_dish_and_whether_the_kitchen_has_it(town, chen):
    town.lunch("rose")
    town.lunch("gao", "2")
    so_far = panel(chen.see("/morning"), "cooked")
    assert "2 portions" in so_far
    assert "so far; orders until" in so_far
    with town.database.begin() as session:
        menu = session.get_one(Menu, town.ids["lunch"])
        close_menu(session, menu, who="staff 1", now=town.now)
        tell_kitchens(session, menu, now=town.now)
    assert "has no telephone: print the count" in panel(chen.see("/morning"), "cooked")
    ours = sa.select(Kitchen).where(Kitchen.community_id == town.ids["community"])
    with town.database.begin() as session:
        session.scalars(ours).one().phone = "+8617000008001"
    assert "the kitchen has not answered" in panel(chen.see("/morning"), "cooked")
    with town.database.begin() as session:
        kitchen = session.scalars(ours).one()
        have_count(session, kitchen, now=town.now)
    assert "the kitchen has it" in panel(chen.see("/morning"), "cooked")


def test_a_round_that_nobody_has_taken_is_one_line_with_all_whom_it_feeds(town, chen):
    with town.database.begin() as session:
        session.get_one(Resident, town.ids["zhu"]).zone_id = session.get_one(Resident, town.ids["rose"]).zone_id
    for who in ("rose", "gao", "zhu"):
        town.lunch(who)
    with town.database.begin() as session:
        close_menu(session, session.get_one(Menu, town.ids["lunch"]), who="staff 1", now=town.now)
    unfilled = panel(chen.see("/morning"), "unfilled")
    assert "Without a volunteer today 1" in unfilled
    assert "3 people" in unfilled
    assert re.search(r'id="unfilled".*?href="/jobs/\d+"', chen.page, re.DOTALL)


def test_a_menu_near_its_cutoff_that_nobody_would_bring_is_named_with_its_zones(town, chen):
    town.lunch("rose")
    assert "nobody brings meals" not in chen.see("/morning")
    with town.database.begin() as session:
        for helper in ("sam", "lee"):
            session.get_one(Volunteer, town.ids[helper]).days = ["tue"]
    unfilled = panel(chen.see("/morning"), "unfilled")
    assert "nobody brings meals in 东里." in unfilled
    assert "西里" not in unfilled, "nobody there has ordered"


def test_the_morning_is_there_in_chinese(town):
    page = town.browser(language="zh-CN").see("/morning")
    assert "今天早晨" in page
    assert "没有人不在" in page


# ---- the text


@pytest.mark.both_databases
def test_whoever_wants_it_is_told_once_each_morning_in_figures_only(street):
    wants_mornings(street)
    bea = street.telephone(BOSS)
    street.telephone(SAM)
    street.wait(hours=24)
    assert len(bea.inbox) == 1, bea.inbox
    assert "Good morning" in bea.inbox[0]
    assert "Nothing else is open." in bea.inbox[0]
    with street.database.begin() as session:
        community = session.get_one(Community, street.community_id)
        session.add(
            Callback(
                community_id=community.id, phone=ROSE, why="asked_for_person", opened_at=street.now,
                due_at=street.now + timedelta(days=9), answer_by=street.now + timedelta(days=9),
            )
        )  # fmt: skip
    street.wait(hours=24)
    assert len(bea.inbox) == 2, bea.inbox
    assert "To see to: 1." in bea.inbox[1]
    assert "Rose" not in bea.inbox[1], "whoever sees the telephone reads no name"


def test_the_seal_of_the_history_leaves_with_the_morning_and_can_be_looked_up(street):
    """Whoever could make the whole chain anew cannot take back what lies on a telephone."""
    hers = street.telephone(ROSE)
    hers.dial()
    for key in "211":
        hers.press(key)
    hers.speak("Milk")
    hers.press("1")
    hers.hang_up()
    wants_mornings(street)
    bea = street.telephone(BOSS)
    street.wait(hours=24)
    kept = re.search(r"Please keep: (\d+-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})", bea.inbox[0])[1]
    with street.database.read() as session:
        assert verify(session, noted=kept).is_whole
        community = session.get_one(Community, street.community_id)
        assert seal_left_at(session, community) is not None
    with street.database.begin() as session:  # somebody with the file makes the chain anew, without what he did
        session.execute(sa.update(Event).values(sealed_as=None, seal="", salt="", mark=""))
        session.execute(sa.update(Installation).values(sealed_entries=0, last_seal=""))
        first = session.scalars(sa.select(Event.id).order_by(Event.id)).first()
        session.execute(sa.delete(Event).where(Event.id == first))
    while seal_history(street.database):
        pass
    with street.database.read() as session:
        assert verify(session).is_whole
        assert not verify(session, noted=kept).is_whole


def test_nobody_is_told_who_has_not_asked_for_it(street):
    street.wait(hours=24)
    assert street.telephone(BOSS).inbox == []


def test_on_a_day_on_which_the_office_is_closed_nobody_is_told(street):
    with street.database.begin() as session:
        session.get_one(Community, street.community_id).opening_days = ["mon", "wed"]
    wants_mornings(street)
    assert street.rows(Staff, name="Bea")[0].morning_due_at == street.now + timedelta(days=2, minutes=-45)


def test_when_the_machine_was_off_until_the_afternoon_the_morning_is_not_told_any_more(street):
    wants_mornings(street)
    street.go_down()
    street.wait(hours=29)
    street.come_back()
    street.wait(minutes=5)
    assert street.telephone(BOSS).inbox == []
    assert street.rows(Message, cause="morning") == []
    street.wait(hours=20)
    assert len(street.telephone(BOSS).inbox) == 1


@pytest.mark.parametrize("language", ["en", "es", "zh-CN", "yue"])
def test_the_text_takes_two_segments_at_the_most(town, language):
    from voice.prompts import Setting, render_text
    from voice.segments import segments_of

    with town.database.read() as session:
        community = session.get_one(Community, town.ids["community"])
        morning = look_at_morning(session, community, now=town.now)
        said = [("morning", {"portions": 2100, "away": 130})]
        told = ("morning_waiting", "morning_unfilled", "morning_kitchens", "morning_numbers")
        said += [(prompt, {"count": 120}) for prompt in told]
        assert [prompt for prompt, _ in sentences_of(morning)] == ["morning", "morning_calm"]
        setting = Setting(language, community.zone_info, town.now, "text", "The Neighbours of East Lake")
        words = render_text(said, setting)
    assert segments_of("The Neighbours of East Lake: " + words) <= 2


def test_staff_set_when_and_for_whom(town, chen):
    chen.see("/settings")
    dai = town.ids["Dai Fen"]
    chen.press(f"/settings/morning/{dai}", on="1")
    assert "Gets the morning by text" in chen.page
    assert town.row(Staff, dai).morning_due_at.hour == 0  # 08:15 in Shanghai, tomorrow
    chen.press("/settings/morning", morning_at="07:30", status=422)
    assert "within opening hours" in chen.page
    chen.see("/settings")
    chen.press("/settings/morning", morning_at="09:30", segment_price="0.01", minute_price="")
    community = town.row(Community, town.ids["community"])
    assert (community.morning_at, community.segment_price, community.minute_price) == (time(9, 30), 0.01, None)
    assert town.row(Staff, dai).morning_due_at == town.now + timedelta(days=1, minutes=30), "never twice a day"
    chen.press(f"/settings/morning/{dai}", on="0")
    assert town.row(Staff, dai).morning_due_at is None


# ---- what it cost


@pytest.mark.both_databases
def test_what_the_carrier_says_that_yesterday_cost_is_kept(street):
    street.telephone(ROSE).text("hello")
    street.telephone(ROSE).dial()
    street.seconds(4)
    street.telephone(ROSE).hang_up()
    street.wait(hours=21)
    spent = {row.price_unit for row in [*street.messages, *street.calls] if row.price is not None}
    assert spent == {"USD"}
    with street.database.read() as session:
        community = session.get_one(Community, street.community_id)
        day = community.local(street.now).date() - timedelta(days=1)
        traffic = traffic_of(session, community, day, day)
        asked, rang = asked_in(session, community, day, day), rang_in(session, community, day, day)
        assert look_at_morning(session, community, now=street.now).waiting
    assert asked == []
    assert [call.came for call in rang] == [Came.UNFINISHED]
    assert traffic.texts_in == 1
    assert traffic.calls_in == 1
    assert traffic.is_all_priced
    assert 0 < traffic.priced["USD"] < 1


def test_a_carrier_that_does_not_answer_is_asked_again_an_hour_later(street):
    street.telephone(ROSE).text("hello")
    street.wait(hours=20)
    street.is_cut = True
    street.wait(hours=1)
    assert all(row.price is None for row in street.messages)
    street.is_cut = False
    street.wait(hours=1)
    assert any(row.price is not None for row in street.messages)


def test_without_the_carriers_prices_it_is_counted_and_estimated_only_by_what_staff_say(town, chen):
    with town.database.begin() as session:
        for number in range(3):
            session.add(
                Message(
                    community_id=town.ids["community"], direction=Direction.OUTBOUND, phone="+8617000002001",
                    state=Delivery.SENT, made_at=town.now - timedelta(days=1), segments=2, message_sid=f"SM{number}",
                )
            )  # fmt: skip
    cost = panel(chen.see("/morning"), "cost")
    assert "3 texts (6 segments)" in cost
    assert "The carrier has not said what it costs." in cost
    with town.database.begin() as session:
        session.get_one(Community, town.ids["community"]).segment_price = 0.05
    assert "about 0.30, estimated by your prices" in panel(chen.see("/morning"), "cost")


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (1, 1), (60, 1), (61, 2)])
def test_a_minute_that_has_begun_is_one(town, seconds, minutes):
    assert minutes_of(town.now, town.now + timedelta(seconds=seconds)) == minutes
    assert minutes_of(None, town.now) == 0


def test_nothing_on_the_page_is_from_elsewhere(town, chen):
    """Another community's alerts, people and numbers are none of ours."""
    with town.database.begin() as session:
        there = session.get_one(Community, town.ids["elsewhere"])
        stranger = session.get_one(Resident, town.ids["stranger"])
        stranger.absences.append(Absence(kind=AbsenceKind.AWAY, from_date=date(2026, 11, 23)))
        phone_of(session, there, "+8617000009999").unreachable_since = town.now
    page = chen.see("/morning")
    assert "Nobody Here" not in page
    assert "Every number we know works." in page
