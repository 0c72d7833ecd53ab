"""The training place: a clock that is wound to what matters, and a beginning anew; never where anybody is real."""

from datetime import timedelta

import pytest
from board_town import MORNING, Browser
from postgres import database_on_server
from sqlalchemy import delete, func, select
from test_exchange_page import OURSELVES
from town import Town

from dispatch.demo import LOGIN
from dispatch.training import NotForTraining, begin_anew
from models.base import Base
from models.events import Event
from models.jobs import Job
from models.menus import Menu
from models.people import Resident
from models.places import Community
from models.traffic import Call, Message
from scripts.house import build, demo_password
from scripts.settings import Settings
from scripts.simulated import _directory

WANG = "+861055551001"
_NOT_THE_COMMUNITYS = {"leases", "backups", "staff_sessions", "installation", "events"}


class Demo(Town):
    """The house with the demo community in it, and the directory that its handset page shows."""

    def __init__(self, folder, **options):
        super().__init__(folder, now=MORNING, **options)
        with self.database.begin() as session:
            session.get_one(Community, self.community_id).is_demo = True
            begin_anew(session, defaults=self.settings.dispatch, password=self.password, now=self.now)
            session.execute(delete(Event))  # it is the first day: nothing has begun anew
        with self.database.read() as session:
            community = session.scalars(select(Community)).one()
            self.community_id, self.line = community.id, community.number
        self.web = self.app.test_client()

    @property
    def password(self):
        return demo_password(self.settings)

    def _directory(self):
        return _directory(self.database)

    def tell(self, path, status=200, **told):
        """What a button of the handset page sends."""
        answer = self.web.post(f"/exchange/{path}", json=told, headers=OURSELVES)
        assert answer.status_code == status, answer.text
        return answer.json

    def look(self):
        """What the handset page is told."""
        return self.web.get("/exchange/state").json

    def board(self):
        """The coordinator's browser, logged in."""
        browser = Browser(self, self.app.test_client())
        assert browser.log_in(LOGIN, self.password).status_code == 303
        with browser.client.session_transaction() as session:
            session["language"] = "en"
        return browser

    def counts(self):
        """How many rows there are of everything that is the community's."""
        with self.database.read() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table))
                for table in Base.metadata.sorted_tables
                if table.name not in _NOT_THE_COMMUNITYS
            }


@pytest.fixture
def demo(tmp_path, database, request):
    if database == "sqlite":
        yield Demo(tmp_path, template=request.getfixturevalue("empty_file"))
        return
    with database_on_server(request.getfixturevalue("empty_on_server")) as url:
        town = Demo(tmp_path, url=url)
        yield town
        town.database.engine.dispose()


def test_the_town_lives_by_itself_through_the_telephones_and_the_real_webhooks(demo):
    demo.tell("living", pace="rush")
    for _ in range(16):
        demo.look()
        for _ in range(5):
            demo.seconds(3)
    calls, texts = demo.rows(Call, direction="inbound"), demo.rows(Message, direction="inbound")
    assert len(calls) > 5
    assert len(texts) > 5
    assert {request.source for request in demo.requests} >= {"voice"}
    said = {deed["did"] for deed in demo.look()["living"]["told"]}
    assert said <= {"call", "text", "press", "say", "talk", "answer", "machine", "hang_up"}
    taken = [job for job in demo.rows(Job) if job.volunteer_id]
    assert taken, "no volunteer has said yes"
    demo.tell("living", pace="")
    came = [len(demo.rows(kind, direction="inbound")) for kind in (Call, Message)]
    demo.seconds(120)
    assert [len(demo.rows(kind, direction="inbound")) for kind in (Call, Message)] == came


@pytest.mark.both_databases
def test_the_training_begins_anew_as_on_the_first_day_and_whoever_is_logged_in_stays_so_and_is_told(demo):
    first, browser = demo.counts(), demo.board()
    old = {row.id for row in demo.rows(Resident)}
    demo.telephone(WANG).dial()
    demo.telephone(WANG).press("1")
    demo.telephone("+8617000002001").text("1")
    version, seen = browser.see("/board/version"), demo.rows(Community)[0].board_version
    assert demo.counts() != first
    assert "began anew" not in browser.see("/")
    demo.tell("clock", set="2026-11-24T16:30")
    demo.tell("anew", sure=True)
    assert demo.counts() == first
    assert demo.now == MORNING + timedelta(days=1)
    assert not old & {row.id for row in demo.rows(Resident)}, "an open page would mean somebody else"
    assert browser.client.get("/board/version", query_string={"seen": version}).status_code == 200, (
        "no board looks anew"
    )
    assert demo.rows(Community)[0].board_version > seen, "a board that was open may know that number already"
    assert "The training began anew at 09:00" in browser.see("/")
    assert "The training began anew at 09:00" in demo.app.test_client().get("/login").text
    view = demo.web.get("/exchange/state", query_string={"show": [WANG]}).json["handsets"][0]
    assert (view["state"], view["heard"], view["thread"]) == ("idle", [], [])
    demo.wait(minutes=20)
    assert "began anew" not in browser.see("/")
    assert "began anew" not in demo.app.test_client().get("/login").text
    assert not demo.calls, "the carrier rang somebody back whom nobody remembers"
    community = demo.rows(Community)[0]
    assert {menu.date for menu in demo.rows(Menu)} >= {community.local(demo.now).date()}
    demo.telephone(WANG).dial()
    demo.telephone(WANG).press("1")
    assert len(demo.calls) == 1


def test_a_beginning_anew_is_asked_for_twice(demo):
    demo.telephone(WANG).dial()
    before = demo.counts()
    for told in ({}, {"sure": False}, {"sure": "yes"}):
        demo.tell("anew", 400, **told)
    assert demo.counts() == before


def test_nothing_is_forgotten_where_a_community_is_not_the_demo(demo):
    with demo.database.begin() as session:
        community = session.scalars(select(Community)).one()
        community.is_demo = False
    demo.telephone(WANG).dial()
    before = demo.counts()
    assert "not the demo community" in demo.tell("anew", 409, sure=True)["error"]
    assert demo.counts() == before
    with pytest.raises(NotForTraining), demo.database.begin() as session:
        begin_anew(session, defaults=demo.settings.dispatch, password=demo.password, now=demo.now)
    assert demo.counts() == before
    assert demo.now == MORNING


def test_where_real_people_are_called_there_is_no_town_no_winding_and_no_beginning_anew(demo, tmp_path, empty_file):
    real = {"LINLI_CARRIER__KIND": "twilio", "LINLI_SERVER__PUBLIC_URL": "https://linli.example.org"}
    given = {
        **real, "LINLI_DATABASE__URL": demo.url, "LINLI_SERVER__SECRET_KEY": "s" * 40,
        "LINLI_CARRIER__AUTH_TOKEN": "t" * 32, "LINLI_CARRIER__ACCOUNT_SID": "AC" + "0" * 32,
    }  # fmt: skip
    house = build(Settings.load(None, given), demo.clock, stopwatch=lambda: 0.0)
    assert house.exchange is None
    web, before = house.app.test_client(), demo.counts()
    for path in ("anew", "living", "clock"):
        assert web.post(f"/exchange/{path}", json={"sure": True, "pace": "rush"}, headers=OURSELVES).status_code == 404
    for path in ("training", "", "state"):
        assert web.get(f"/exchange/{path}").status_code == 404
    page = web.get("/login")
    assert "training" not in page.text.casefold()
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert demo.counts() == before
    # And if somebody hung the telephones into such a house all the same, they would forget nothing.
    demo.settings.carrier.__dict__["kind"] = "twilio"
    assert "Real people" in demo.tell("anew", 409, sure=True)["error"]
    assert demo.counts() == before


def test_the_clock_is_wound_to_the_next_cutoff_and_to_the_morning(demo):
    demo.tell("clock", to="cutoff")
    community = demo.rows(Community)[0]
    assert community.local(demo.now).strftime("%d %H:%M") == "23 10:00"
    demo.settle()
    assert [menu.date.isoformat() for menu in demo.rows(Menu) if menu.closed_at] == ["2026-11-23"]
    demo.tell("clock", to="cutoff")
    assert community.local(demo.now).strftime("%d %H:%M") == "23 15:00"
    demo.tell("clock", to="morning")
    assert community.local(demo.now).strftime("%d %H:%M") == "24 08:00"
    demo.tell("clock", 400, to="christmas")


def test_every_page_says_that_nobody_is_real(demo):
    browser = demo.board()
    menu = demo.rows(Menu)[0].id
    for path in ("/", "/people", f"/meals/{menu}/labels", f"/meals/{menu}", "/sheet", "/settings"):
        assert "TRAINING: nobody real is called or texted." in browser.see(path), path
    assert "TRAINING" in browser.see("/nothing-here", 404)
    assert "training" in demo.app.test_client().get("/login").text.casefold()
    both = demo.web.get("/exchange/training").text
    assert 'src="/"' in both
    assert "beside=1" in both
