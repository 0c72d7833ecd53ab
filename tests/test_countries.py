"""The line rings and texts numbers of its own countries, and never dear ones, whoever asks it to."""

import random
from datetime import time

import pytest
import sqlalchemy as sa
from board_town import build_town
from list_office import Office
from test_answers_by_text import errand
from town import ANNA, DUTY, LEE, ROSE, SAM

from dispatch.countries import name_of, why_not_called
from dispatch.telling import tell
from models.jobs import Channel, Offer
from models.people import Contact, Resident, Staff, Volunteer
from models.phones import why_dear
from models.places import Community
from models.schema import build, migrate
from models.storage import sqlite_module
from models.tasks import AlertKind
from models.traffic import Call, Message
from voice.stand_in import stand_in_document

FRANCE, JAMAICA, PREMIUM = "+33612345678", "+18765551234", "+19005551234"
# A number → why a line in New York that also calls China does not call it.
NUMBERS = {
    "+12125550111": "", "+13105550111": "", "+19995550111": "",  # an area that no table knows yet is not abroad
    "+861055551001": "", "+8613800000001": "", "+85290012345": "other_country", FRANCE: "other_country",
    JAMAICA: "other_country", "+18095551234": "other_country", "+16135550111": "other_country",  # +1 is many countries
    PREMIUM: "dear_number", "+864008123456": "dear_number", "+447012345678": "dear_number", "+15005551234": "dear_number",
    "+8816123456789": "dear_number", "+882123456789": "dear_number", "+97912345678": "dear_number",
    "+80012345678": "dear_number", "nobody": "dear_number",
}  # fmt: skip


@pytest.mark.parametrize(("number", "why"), NUMBERS.items())
def test_each_number_is_called_or_not_by_its_country_and_its_kind(number, why):
    line = Community(number="+12125550100", second_number=None, practice_number=None, countries=["CN"])
    assert why_not_called(line, number) == why


def test_a_second_number_in_another_country_makes_that_country_one_of_its_own():
    line = Community(number="+12125550100", second_number=FRANCE, practice_number=None, countries=[])
    assert [why_not_called(line, number) for number in ("+33612345679", "+861055551001")] == ["", "other_country"]


def allow(town, *regions):
    with town.database.begin() as session:
        session.get_one(Community, town.community_id).countries = list(regions)
    town.settle()


def sent_to(town, number):
    """How often the carrier was asked to ring or text that number."""
    return sum(asked.get("To") == number and "Body" in asked and asked["From"] == town.line for asked, _ in town.wire)


def not_called(town):
    return [alert for alert in town.alerts if alert.kind is AlertKind.NOT_CALLED]


def test_a_resident_abroad_is_not_texted_staff_see_it_once_and_it_ends_when_the_country_is_added(town):
    town.staff("Dora", DUTY)
    sam = town.volunteer("Sam Lee", SAM)
    errand(town, "Rose Miller", FRANCE)
    sam.text("1")
    town.wait(minutes=5)
    assert sent_to(town, FRANCE) == 0
    (alert,) = not_called(town)
    assert (alert.resident_id, alert.details["name"], alert.owner_id) == (1, "Rose Miller", 1)
    assert not [a for a in town.alerts if a.kind is AlertKind.UNREACHED], "one alert, not two"
    failed = [text for text in town.rows(Message, direction="outbound") if text.phone == FRANCE]
    assert {(text.state, text.error_code, text.due_at) for text in failed} == {("failed", "other_country", None)}
    allow(town, "CN", "FR")
    assert not_called(town) == []
    sam.text("late 20")
    assert sent_to(town, FRANCE) == 1


def test_the_alert_ends_when_the_number_is_corrected(town):
    town.staff("Dora", DUTY)
    sam = town.volunteer("Sam Lee", SAM)
    errand(town, "Rose Miller", JAMAICA)
    sam.text("1")
    assert len(not_called(town)) == 1
    with town.database.begin() as session:
        session.scalars(sa.select(Resident)).one().phone = ROSE
    town.settle()
    assert not_called(town) == []


def test_a_volunteer_whose_country_is_taken_off_the_list_is_passed_over_and_the_next_is_asked(town):
    town.staff("Dora", DUTY)
    town.volunteer("Ines", FRANCE)
    allow(town, "CN", "FR")
    errand(town, "Rose Miller", ROSE)
    assert sent_to(town, FRANCE) == 1
    allow(town, "CN")
    lee = town.volunteer("Lee Wong", LEE)
    errand(town, "Anna Berg", ANNA)
    assert {offer.volunteer_id for offer in town.rows(Offer) if offer.job_id == town.jobs[-1].id} == {2}
    assert len(lee.inbox) == 1


def test_what_was_promised_before_the_list_was_narrowed_does_not_leave(town):
    town.staff("Dora", DUTY)
    town.volunteer("Ines", FRANCE)
    with town.database.begin() as session:
        ines = session.scalars(sa.select(Volunteer)).one()
        tell(session, ines, "glad", now=town.now)
        tell(session, ines, "glad", now=town.now, by=Channel.CALL)
    town.settle()
    assert FRANCE not in str([asked for asked, _ in town.wire])
    (alert,) = not_called(town)
    assert alert.details["name"] == "Ines"
    rows = [*town.rows(Message, phone=FRANCE), *town.rows(Call, phone=FRANCE)]
    assert {(row.state, row.error_code) for row in rows} == {("failed", "other_country")}
    town.wait(hours=3)
    assert len(town.rows(Message, phone=FRANCE)) + len(town.rows(Call, phone=FRANCE)) <= 3, "it is not tried for ever"


def test_a_caller_is_not_put_through_to_somebody_on_duty_abroad(town):
    town.staff("Fern", FRANCE)
    town.staff("Dora", DUTY)
    rose = town.resident("Rose Miller", ROSE)
    rose.dial()
    rose.press("0")
    assert town.telephone(DUTY).rings()
    assert FRANCE not in str(town.wire)
    with town.database.read() as session:
        document = stand_in_document(session, session.get_one(Community, town.community_id), now=town.now)
    assert DUTY in document
    assert FRANCE not in document


def test_nobody_is_put_through_to_a_number_that_the_line_does_not_call(tmp_path):
    town = build_town(tmp_path)
    with town.database.begin() as session:
        session.get_one(Resident, town.ids["rose"]).phone = FRANCE
    chen = town.browser()
    chen.see(f"/residents/{town.ids['rose']}")
    page = chen.press(f"/residents/{town.ids['rose']}/ring", 409, whom=f"resident {town.ids['rose']}")
    assert "it does not call the country of this number" in page
    assert town.browser(language="zh-CN").see(f"/residents/{town.ids['rose']}")


def test_whoever_writes_from_wherever_no_text_and_no_call_leaves_for_a_country_that_is_not_called(town):
    dice = random.Random(5)
    numbers = [number for number in NUMBERS if number.startswith("+")]
    numbers += [
        f"+{dice.choice((1, 7, 20, 33, 44, 49, 52, 234, 371, 675, 881, 960))}{dice.randrange(10**8, 10**9)}"
        for _ in range(60)
    ]
    town.ported = set(numbers)
    for number in numbers:
        town.telephone(number).text(dice.choice(("1", "help", "hello", "yes", "what?")))
    asked = {
        asked.get("To") for asked, _ in town.wire if asked.get("Body") is not None and asked.get("From") == town.line
    }
    with town.database.read() as session:
        line = session.get_one(Community, town.community_id)
        assert {number for number in asked if why_not_called(line, number)} == set()
        assert any(why_not_called(line, number) for number in numbers)
    assert len(asked) >= 3
    kept = {text.phone for text in town.rows(Message, direction="inbound")}
    assert len(kept) > 60, "what they wrote is kept"
    assert not_called(town) == [], "whoever is in no book is nobody's task"


def test_the_form_says_at_once_what_is_not_called_and_refuses_what_never_is(tmp_path):
    town = build_town(tmp_path)
    chen = town.browser()
    form = {"contact_name": "Son Tom", "contact_phone": "+33 6 12 34 56 78"}
    page = chen.press(f"/residents/{town.ids['rose']}/contacts", **form)
    assert "is a number in France (+33), which the line does not call" in page
    page = chen.press(f"/residents/{town.ids['rose']}/contacts", 422, **{**form, "contact_phone": "400 812 3456"})
    assert "400 812 3456 is a premium, shared-cost, forwarded or satellite number" in page
    chinese = town.browser(language="zh-CN")
    page = chinese.press(f"/residents/{town.ids['rose']}/contacts", **form)
    assert "法国 (+33)" in page
    with town.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Contact.phone == FRANCE)) == 2


def test_a_list_says_in_which_line_and_column_a_number_is_not_called(tmp_path):
    office = Office(tmp_path)
    head = "name,phone,zone,contact_name,contact_phone\n"
    outcome = office.take_in("residents", head + "何长林,010-55558101,南坊,女儿,+33 6 12 34 56 78\n")
    assert (
        "line 2, contact_phone: “+33 6 12 34 56 78” is kept, but the line does not call 法国 (+33); a coordinator can add "
        "it on the board, under Settings" in outcome.told("en")
    )
    assert outcome.new == 1
    outcome = office.take_in("residents", head + "秦德顺,400-812-3456,南坊,,\n")
    (fault,) = outcome.faults
    assert fault.told("en").startswith("line 2, phone: “400-812-3456” is a premium")
    assert len(office.all(Resident)) == 1, "nothing of that list is stored"


def test_the_settings_show_who_has_numbers_where_and_what_was_changed(tmp_path):
    town = build_town(tmp_path)
    with town.database.begin() as session:
        session.get_one(Resident, town.ids["rose"]).phone = FRANCE
        session.get_one(Volunteer, town.ids["sam"]).other_phone = "+33612345679"
        session.get_one(Staff, town.ids["Dai Fen"]).phone = "+864008123456"
    chen = town.browser()
    page = chen.see("/settings/countries")
    assert "3 numbers of the book are not called" in page
    chen.press("/settings/countries", countries=["FR"])
    page = chen.see("/settings/countries")
    assert "2 people have numbers there" in page, "before it is taken off the list"
    assert "1 number of the book is not called" in page
    assert "never called" in page
    changes = chen.see("/settings/changes")
    assert "France (+33)" in changes
    assert "法国 (+33)" in town.browser(language="zh-CN").see("/settings/changes")
    chen.press("/settings/countries", 422, countries=["FR", "XX"])
    chen.press("/settings/countries", countries=["FR", "CN", ""])
    assert town.row(Community, town.ids["community"]).countries == ["FR"], "its own needs no saying"


def test_an_upgrade_goes_on_calling_whoever_is_on_file(tmp_path):
    url = f"sqlite:///{tmp_path}/old.db"
    build(url, "0027")
    engine = sa.create_engine(url, module=sqlite_module())
    with engine.begin() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        for name, known in (
            ("communities", {"id": 1, "number": "+861055550000", "timezone": "UTC", "language": "en"}),
            ("staff", {"id": 1, "community_id": 1, "phone": FRANCE}),
            ("kitchens", {"id": 1, "community_id": 1, "phone": "+861055552000"}),
        ):
            needed = {
                column.name: _something(column.type)
                for column in tables.tables[name].columns
                if not column.nullable and column.server_default is None
            }
            columns = {**needed, **known}
            connection.execute(tables.tables[name].insert(), columns)
    engine.dispose()
    migrate(url)
    with sa.create_engine(url, module=sqlite_module()).connect() as connection:
        assert connection.execute(sa.text("SELECT countries FROM communities")).scalar() == '["CN", "FR"]'


def _something(kind):
    if isinstance(kind, sa.JSON):
        return []
    if isinstance(kind, sa.Time):
        return time(8)
    return "x" if isinstance(kind, sa.String) else 0


def test_countries_have_names_in_every_language():
    assert name_of("FR", "zh-CN") == "法国 (+33)"
    assert name_of("FR", "xx") == "FR (+33)"
    assert why_dear("+80012345678") == "no_country"
