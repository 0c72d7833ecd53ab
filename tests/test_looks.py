"""Who looked at whom: noticed without a question, known to those who answer for it, and gone with whoever is forgotten."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch.board.routes import DOORS
from dispatch.board.seen import NOT_NOTED, NOTED
from dispatch.forgetting import forget
from dispatch.merging import merge
from dispatch.offering import new_offer
from dispatch.one_person import Choice
from dispatch.own_file import own_file
from dispatch.retention import Periods, expire
from dispatch.sealing import seal_history, verify
from dispatch.taking import assign, hand_back
from models.events import Event
from models.jobs import Job
from models.looks import Look, Saw
from models.people import Resident, Volunteer
from models.requests import HelpRequest


@pytest.fixture
def town(tmp_path):
    """Two small communities with their staff."""
    return build_town(tmp_path)


def looks(town):
    """What is written down, the first first: who, what, about what, how often, at whom."""
    town.notebook.write(town.database)
    with town.database.read() as session:
        rows = session.scalars(sa.select(Look).order_by(Look.id)).all()
        return [(row.who, row.what.value, row.about, row.times, row.resident_id or row.volunteer_id) for row in rows]


def panel(browser, row_id, kind="residents"):
    """What her page says of who has looked."""
    page = browser.see(f"/{kind}/{row_id}")
    return page.partition('id="looked"')[2].partition("</section>")[0]


def test_whoever_opens_her_page_is_noted_once_in_a_quarter_of_an_hour(town):
    dai, rose = town.browser("Dai Fen"), town.ids["rose"]
    for _ in range(3):
        dai.see(f"/residents/{rose}")
    me = f"staff {town.ids['Dai Fen']}"
    assert looks(town) == [(me, "page", "", 3, rose)]
    dai.see(f"/residents/{rose}")
    assert looks(town) == [(me, "page", "", 4, rose)]
    town.now += timedelta(minutes=15)
    dai.see(f"/residents/{rose}")
    assert looks(town) == [(me, "page", "", 4, rose), (me, "page", "", 1, rose)]


def test_a_page_waits_for_no_writer_and_its_look_is_written_later(town):
    dai, gao = town.browser("Dai Fen"), town.ids["gao"]
    with town.database.begin():  # a caller is being served
        dai.see(f"/residents/{gao}")
    with town.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Look)) == 0
        version = session.scalar(sa.text("SELECT board_version FROM communities WHERE id = 1"))
    assert len(looks(town)) == 1
    with town.database.read() as session:
        assert session.scalar(sa.text("SELECT board_version FROM communities WHERE id = 1")) == version


def test_what_cannot_be_written_is_kept_in_hand_until_it_can(town):
    town.browser("Dai Fen").see(f"/residents/{town.ids['rose']}")
    with town.database.begin() as session:
        session.execute(sa.text("ALTER TABLE looks RENAME TO elsewhere"))
    with pytest.raises(sa.exc.OperationalError):
        town.notebook.write(town.database)
    with town.database.begin() as session:
        session.execute(sa.text("ALTER TABLE elsewhere RENAME TO looks"))
    assert len(looks(town)) == 1


def test_every_page_with_people_on_it_is_noted_or_says_why_not():
    pages = {door.name for door in DOORS if door.method == "GET"}
    assert set(NOTED) | set(NOT_NOTED) == pages
    assert not set(NOTED) & set(NOT_NOTED)
    assert all(NOT_NOTED.values())


@pytest.mark.parametrize(
    ("path", "what", "about"),
    [
        ("/residents/{rose}", "page", ""),
        ("/residents/{rose}/edit", "page", ""),
        ("/residents/{rose}/card", "page", ""),
        ("/enter?resident={rose}", "page", ""),
        ("/residents/{rose}/statement", "statement", ""),
        ("/requests/{request}", "request", "request {request}"),
        ("/texts/{text}", "thread", ""),
        ("/recordings/{recording}", "recording", "recording {recording}"),
    ],
)
def test_what_is_hers_is_noted_as_a_look_at_her(town, path, what, about):
    ids = {"rose": town.ids["rose"], "recording": town.recording()}
    ids |= {
        "request": town.errand(),
        "text": town.text_from("+8617000002001", "x", "rose"),
    }
    with town.database.begin() as session:
        session.get_one(HelpRequest, ids["request"]).recording_id = ids["recording"]
    town.browser("Dai Fen").see(path.format(**ids))
    assert looks(town) == [(f"staff {town.ids['Dai Fen']}", what, about.format(**ids), 1, ids["rose"])]


@pytest.mark.parametrize(
    ("path", "what", "about"),
    [
        ("/people", "people", "residents"),
        ("/people?kind=volunteers", "people", "volunteers"),
        ("/sheet", "sheet", ""),
        ("/meals/{lunch}", "count", "menu {lunch}"),
        ("/meals/{lunch}/labels", "labels", "menu {lunch}"),
        ("/meals/{lunch}/rounds", "rounds", "menu {lunch}"),
        ("/jobs/{job}", "job", "job {job}"),
        ("/calls", "calls", ""),
        ("/texts", "texts", ""),
        ("/money/statements", "statements", "2026-11"),
    ],
)
def test_a_list_of_many_is_one_row(town, path, what, about):
    ids = {"lunch": town.ids["lunch"], "job": town.job_of(town.errand())}
    town.browser("Ai Ding").see(path.format(**ids))
    assert looks(town) == [(f"staff {town.ids['Ai Ding']}", what, about.format(**ids), 1, None)]


def test_a_form_that_is_refused_shows_the_page_and_is_noted(town):
    dai, rose = town.browser("Dai Fen"), town.ids["rose"]
    dai.see("/")
    dai.press(f"/residents/{rose}/contacts", status=422, contact_name="")
    assert (f"staff {town.ids['Dai Fen']}", "page", "", 1, rose) in looks(town)


def test_her_page_tells_those_who_answer_for_it_and_nobody_else(town):
    rose = town.ids["rose"]
    town.browser("Dai Fen").see(f"/residents/{rose}")
    town.notebook.write(town.database)
    chen = town.browser()
    assert "Dai Fen" in panel(chen, rose)
    assert "opened the page" in panel(chen, rose)
    assert "Nobody has looked yet" in panel(chen, town.ids["zhu"])
    assert "Dai Fen" in panel(town.browser("Ai Ding"), rose)
    assert panel(town.browser("Dai Fen"), rose) == ""
    assert "打开了个人页面" in panel(town.browser(language="zh-CN"), rose)


def test_paper_that_she_is_on_stands_on_her_page_and_on_nobody_elses(town):
    town.lunch("rose")
    town.browser("Dai Fen").see(f"/meals/{town.ids['lunch']}/labels")
    town.browser("Dai Fen").see("/sheet")
    town.notebook.write(town.database)
    chen = town.browser()
    hers = panel(chen, town.ids["rose"])
    assert "opened the labels" in hers
    assert "opened the day sheet" in hers
    assert "Nobody has looked yet" in panel(chen, town.ids["zhu"])


def test_which_helper_was_told_her_address_is_known_though_the_job_was_given_back(town):
    job_id = town.job_of(town.errand())
    with town.database.begin() as session:
        job, sam = session.get_one(Job, job_id), session.get_one(Volunteer, town.ids["sam"])
        new_offer(session, job, session.get_one(Volunteer, town.ids["lee"]), now=town.now)
        assign(session, job, sam, who="staff 1", now=town.now)
        hand_back(session, job, who=f"volunteer {sam.id}", now=town.now)
    told = panel(town.browser(), town.ids["rose"]).partition("told the address")[2]
    assert "Sam Lee" in told
    assert "李强" not in told, "who was only asked knows no address"
    with town.database.read() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        [row] = own_file(session, rose)["address_told_to"]
        assert row["who"] == f"volunteer {town.ids['sam']}"


def test_whoever_takes_out_a_list_or_a_file_is_in_the_sealed_history(town):
    chen, rose = town.browser(), town.ids["rose"]
    chen.see("/money/list?shape=csv")
    chen.see(f"/residents/{rose}")
    chen.press(f"/residents/{rose}/file")
    page = chen.see("/looks")
    assert "linli-2026-11.csv" in page
    assert "took a person&#39;s file" in page
    with town.database.read() as session:
        assert [one.verb for one in session.scalars(sa.select(Event).order_by(Event.id))][-2:] == ["list", "own_file"]
    while seal_history(town.database):
        pass
    with town.database.begin() as session:
        session.execute(sa.delete(Event).where(Event.verb == "list"))
    with town.database.read() as session:
        assert not verify(session).is_whole


def test_the_page_of_all_is_filtered_and_goes_on(town):
    dai = town.browser("Dai Fen")
    assert "Nobody has looked at anything" in town.browser("Ai Ding").see("/looks")
    for _ in range(51):
        dai.see(f"/volunteers/{town.ids['sam']}")
        town.now += timedelta(minutes=15)
        town.notebook.write(town.database)
    ai = town.browser("Ai Ding")
    ai.see("/sheet")
    town.notebook.write(town.database)
    whole = ai.see("/looks")
    assert "page=2" in whole
    assert ai.see("/looks?page=2").count("opened the page") >= 2
    mine = ai.see(f"/looks?who=staff+{town.ids['Ai Ding']}").partition("<ul")[2]
    assert "opened the day sheet" in mine
    assert "opened the page" not in mine
    sheets = ai.see("/looks?what=sheet").partition("<ul")[2]
    assert "Sam" not in sheets
    assert ai.see("/looks?who=nobody&what=nonsense").count("opened the page") > 40


def test_other_communities_learn_nothing_of_it(town):
    town.browser("Dai Fen").see(f"/residents/{town.ids['rose']}")
    town.notebook.write(town.database)
    assert "Dai Fen" not in town.browser("Far Away").see("/looks")


def test_her_own_file_says_who_has_looked(town):
    town.browser("Dai Fen").see(f"/residents/{town.ids['rose']}")
    town.notebook.write(town.database)
    with town.database.read() as session:
        rows = own_file(session, session.get_one(Resident, town.ids["rose"]))["looked_at_by"]
    assert [(row["who"], row["what"]) for row in rows] == [(f"staff {town.ids['Dai Fen']}", Saw.PAGE)]


def test_with_her_it_is_forgotten_even_what_was_still_in_hand(town):
    dai, rose = town.browser("Dai Fen"), town.ids["rose"]
    dai.see(f"/residents/{rose}")
    town.notebook.write(town.database)
    dai.see(f"/residents/{rose}")
    with town.database.begin() as session:
        forget(session, session.get_one(Resident, rose), who="staff 1", now=town.now)
    assert looks(town) == []


def test_of_two_entries_that_become_one_the_looks_are_of_the_one(town):
    town.browser("Dai Fen").see(f"/residents/{town.ids['zhu']}")
    town.notebook.write(town.database)
    with town.database.begin() as session:
        kept, gone = (session.get_one(Resident, town.ids[name]) for name in ("gao", "zhu"))
        merge(session, kept, gone, Choice(), who="staff 1", now=town.now)
    assert [row[-1] for row in looks(town)] == [town.ids["gao"]]


def test_it_is_kept_for_as_long_as_the_settings_say(town):
    town.browser("Dai Fen").see(f"/residents/{town.ids['rose']}")
    town.notebook.write(town.database)
    days = Periods(0, 0, 0, 0, 0, looks_days=180)
    for later, left in ((179, 1), (181, 0)):
        with town.database.begin() as session:
            expire(session, days, now=town.now + timedelta(days=later))
        assert len(looks(town)) == left


def test_a_recording_that_nobody_knows_whose_it_is_is_noted_too(town):
    recording = town.recording()
    town.browser("Dai Fen").see(f"/recordings/{recording}")
    assert looks(town) == [(f"staff {town.ids['Dai Fen']}", "recording", f"recording {recording}", 1, None)]


def test_all_desks_together_write_once_in_a_few_seconds(town):
    dai = town.browser("Dai Fen")
    written = []
    for second in range(12):
        dai.see(f"/residents/{town.ids['rose']}")
        town.notebook.sweep(town.database, elapsed=100.0 + second)
        with town.database.read() as session:
            written.append(session.scalar(sa.select(Look.times)))
    assert written == [1, 1, 1, 1, 1, 6, 6, 6, 6, 6, 11, 11]
