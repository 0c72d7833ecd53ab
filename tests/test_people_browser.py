"""What staff do with people in a real Chromium, with every key, click and field counted."""

from datetime import date

import pytest
import sqlalchemy as sa
from board_chromium import logged_in

from models.menus import StandingOrder
from models.people import Absence, AbsenceKind, Consent, Resident
from models.tasks import Callback
from models.traffic import Call, Delivery, Direction


class Fingers:
    """The hands of somebody at the board; each thing that they do is counted."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def click(self, what):
        """A click."""
        self.count += 1
        self.page.click(what)

    def key(self, name):
        """A key."""
        self.count += 1
        self.page.keyboard.press(name)

    def type(self, words):
        """A field that is filled in, where the cursor stands."""
        self.count += 1
        self.page.wait_for_selector(":is(input, textarea):focus")  # a page sets its cursor some time after it has come
        self.page.keyboard.type(words)

    def fill(self, field, words):
        """A field that is filled in."""
        self.count += 1
        self.page.fill(field, words)

    def choose(self, field, label):
        """Something chosen from a list."""
        self.count += 1
        self.page.select_option(field, label=label)


@pytest.fixture
def hands(browser, served):
    """Chen's, at the board."""
    page = logged_in(browser, served)
    yield Fingers(page)
    page.context.close()


def a_call(served, number, *, why="message", language="zh-CN", **more):
    """Somebody unknown has rung and is to be rung back."""
    with served.town.database.begin() as session:
        call = Call(
            community_id=served.town.ids["community"], direction=Direction.INBOUND, phone=number, state=Delivery.ENDED,
            made_at=served.town.now, started_at=served.town.now, ended_at=served.town.now, language=language,
        )  # fmt: skip
        session.add(call)
        session.flush()
        call_id = call.id
    callback = served.town.callback(number, why, **more)
    with served.town.database.begin() as session:
        session.get_one(Callback, callback).call_id = call_id
    return callback


def resident_called(served, name):
    """What is stored of her."""
    with served.town.database.read() as session:
        row = session.scalars(sa.select(Resident).where(Resident.name == name)).one()
        session.expunge_all()
        return row


def test_whoever_left_a_message_is_a_resident_who_can_be_ordered_for_after_four_inputs(hands, served):
    a_call(served, "+8617000007777", language="es")
    hands.page.reload()
    hands.click(".task-callback >> text=New resident")
    hands.type("Wu Ying")
    hands.choose("#f-zone", "西里")
    hands.click("form.form button.main")
    hands.page.wait_for_selector(".usual button")
    assert hands.count <= 4
    row = resident_called(served, "Wu Ying")
    assert (row.phone, row.language, row.consent) == ("+8617000007777", "es", Consent.OWN_CALL)
    hands.click(".usual button")
    hands.page.wait_for_selector(".told >> text=is entered")


def test_whoever_texted_where_she_lives_takes_three_inputs(hands, served):
    served.town.text_from("+8617000007777", "你好，我住东里8号楼，想订午饭")
    hands.page.wait_for_selector("#live >> text=想订午饭")
    hands.click(".task-text >> text=New resident")
    hands.type("吴颖")
    hands.key("Enter")
    hands.page.wait_for_selector(".usual button")
    assert hands.count == 3
    row = resident_called(served, "吴颖")
    assert (row.language, row.zone_id, row.consent) == ("zh-CN", 1, Consent.OWN_CALL)


def test_whoever_rang_and_wrote_is_entered_from_the_callback_too(hands, served):
    text = served.town.text_from("+8617000007777", "Please bring me lunch every day")
    served.town.callback("+8617000007777", "free_text")
    with served.town.database.begin() as session:
        session.scalars(sa.select(Callback)).one().message_id = text
    hands.page.reload()
    hands.click(".task-callback >> text=New resident")
    assert hands.page.input_value("#f-language") == "en"
    hands.type("Ann Smith")
    hands.choose("#f-zone", "东里")
    hands.key("Enter")
    hands.page.wait_for_selector(".usual button")
    assert hands.count <= 4


def test_a_zone_that_nobody_chose_is_asked_for_and_nothing_typed_is_lost(hands, served):
    hands.page.goto(f"{served.url}/residents/new")
    hands.type("Wu Ying")
    hands.key("Enter")
    hands.page.wait_for_selector("[role=alert], .wrong, .notices, .notice")
    assert hands.page.input_value("#f-name") == "Wu Ying"
    hands.fill("#f-address", "西里10号楼")
    hands.key("Enter")
    hands.page.wait_for_selector(".told")
    assert resident_called(served, "Wu Ying").zone_id == 2, "the address says it"


def test_whoever_was_looked_for_in_vain_is_entered_under_that_name(hands, served):
    hands.page.goto(f"{served.url}/enter")
    hands.type("Wu Ying")
    hands.click("#found >> text=New resident")
    assert hands.page.input_value("#f-name") == "Wu Ying"


@pytest.mark.parametrize(
    ("press", "until", "kind", "most"),
    [("Is away", "", AbsenceKind.AWAY, 1), ("Is in hospital", "2026-11-27", AbsenceKind.HOSPITAL, 2), ("Has died", "", AbsenceKind.DECEASED, 2)],
)  # fmt: skip
def test_an_absence_takes_at_most_three_inputs(hands, served, press, until, kind, most):
    hands.page.goto(f"{served.url}/residents/{served.town.ids['rose']}")
    if until:
        hands.fill("#absences [name=until_date]", until)
    if kind is AbsenceKind.DECEASED:
        hands.click("#absences summary")
    hands.click(f"#absences >> text={press}")
    hands.page.wait_for_selector(".told")
    assert hands.count <= most <= 3
    with served.town.database.read() as session:
        row = session.scalars(sa.select(Absence)).one()
        assert (row.kind, row.from_date) == (kind, date(2026, 11, 23))
        assert row.until_date == (date.fromisoformat(until) if until else None)


def test_a_planned_absence_with_both_its_days_takes_three(hands, served):
    hands.page.goto(f"{served.url}/volunteers/{served.town.ids['sam']}")
    hands.fill("#absences [name=from_date]", "2026-12-01")
    hands.fill("#absences [name=until_date]", "2026-12-05")
    hands.click("#absences >> text=Is ill")
    hands.page.wait_for_selector(".told")
    assert hands.count == 3


def test_lunch_from_monday_to_friday_takes_two_inputs(hands, served):
    hands.page.goto(f"{served.url}/residents/{served.town.ids['rose']}")
    hands.click("summary >> text=Add a standing order")
    hands.click("text=Monday to Friday")
    hands.page.wait_for_selector(".told")
    assert hands.count == 2
    with served.town.database.read() as session:
        assert session.scalars(sa.select(StandingOrder)).one().days == ["mon", "tue", "wed", "thu", "fri"]
