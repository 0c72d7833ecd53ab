"""Every route of the board: who may, what is refused, and what the browser is told."""

import re
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch.alarms import raise_alert
from dispatch.board.doors import ACTORS, READERS
from dispatch.board.headers import CONTENT_SECURITY
from dispatch.board.routes import DOORS
from models.base import Base
from models.kitchens import ClosingDay
from models.money import Subsidy
from models.numbers import phone_of
from models.people import Resident, Role
from models.places import Announcement, Community
from models.recorded import RecordedPrompt
from models.tasks import AlertKind

ROOT = Path(__file__).parent.parent
OPEN_TO_ALL = {
    "login",
    "log_in",
    "give_code",
    "invitation",
    "accept_invitation",
    "to_provider",
    "from_provider",
    "log_out",
    "choose_language",
    "version",
    "static",
}
NAMES = {Role.COORDINATOR: "Chen Li", Role.DISPATCHER: "Dai Fen", Role.AUDITOR: "Ai Ding", Role.OPERATOR: "Op Rator"}
BY_NAME = {door.name: door for door in DOORS}


@pytest.fixture
def town(tmp_path):
    """Two small communities, with one of everything in the first."""
    town = build_town(tmp_path)
    town.ids["request"] = town.errand()
    town.ids["job"] = town.job_of(town.ids["request"])
    town.ids["text"] = town.text_from("+8617000002001", "hello", "rose")
    town.ids["callback"] = town.callback("+8617000004444")
    town.ids["recording"] = town.recording()
    with town.database.begin() as session:
        community = session.get_one(Community, town.ids["community"])
        alert = raise_alert(session, community, AlertKind.BROKEN, about="x", now=town.now)
        news = Announcement(
            community_id=community.id, words={"en": "x"}, from_date=town.now.date(), until_date=town.now.date()
        )
        prompt = RecordedPrompt(
            community_id=community.id, language="en", key="main_meals", recording_id=town.ids["recording"],
            recorded_at=town.now, staff_id=town.ids["Chen Li"],
        )  # fmt: skip
        number = phone_of(session, community, "+8617000003002")
        number.unreachable_since = town.now
        closed = ClosingDay(community_id=community.id, date=date(2026, 12, 25))
        rule = Subsidy(community_id=community.id, name="80+", percent=50, from_date=town.now.date())
        session.add_all([news, prompt, closed, rule])
        session.flush()
        town.ids |= {"recorded": prompt.id, "number": number.id, "closing": closed.id, "subsidy": rule.id}
        errand = next(service for service in community.services if service.code == "errand")
        lunch = next(meal for meal in community.meals if meal.code == "lunch")
        town.ids |= {"alert": alert.id, "news": news.id, "errand service": errand.id, "zone": community.zones[0].id}
        town.ids["lunch meal"] = lunch.id
    return town


def path_of(door, town):
    """A real address of that door."""
    things = {
        "residents": "rose", "volunteers": "sam", "requests": "request", "jobs": "job", "texts": "text",
        "meals": "lunch", "callbacks": "callback", "alerts": "alert", "news": "news", "recordings": "recording",
        "services": "errand service", "duty": "Chen Li", "zones": "zone", "staff": "Dai Fen", "menus": "lunch meal",
        "recorded": "recorded", "numbers": "number", "closing": "closing", "subsidies": "subsidy",
    }  # fmt: skip
    if door.rule.startswith("/settings/morning"):
        things["morning"] = "Dai Fen"
    if door.rule.startswith("/settings/meals"):
        things["meals"] = "lunch meal"
    path = (
        door.rule.replace("<any(person,nobody,onway,done):lane>", "person")
        .replace("<act>", "finish")
        .replace("<part>", "services")
    )
    path = (
        re.sub(r"<int:(absence|offer|order|other)_id>", "1", path)
        .replace("<day>", "2026-11-24")
        .replace("<name>", "en-line.png")
    )
    path = path.replace("<int:resident_id>", str(town.ids["rose"]))
    return re.sub(r"(\w+)/<int:row_id>", lambda m: f"{m[1]}/{town.ids.get(things.get(m[1], ''), 1)}", path)


def test_every_address_is_in_the_table_and_nowhere_else(town):
    rules = {
        rule.endpoint.removeprefix("board.") for rule in town.app.url_map.iter_rules() if "board." in rule.endpoint
    }
    assert rules == {door.name for door in DOORS} | OPEN_TO_ALL
    assert len(BY_NAME) == len(DOORS)


def test_who_only_reads_has_no_door_that_writes():
    for door in DOORS:
        assert door.roles <= READERS
        if door.method == "POST" and door.rule.startswith("/me/"):
            assert door.roles == READERS, "everybody has a login of their own"
        elif door.method == "POST":
            assert door.roles <= ACTORS, door.name
            assert (
                "/<int:row_id>" not in door.rule or door.again or door.name in ("back", "end_standing", "let_together")
            ), door.name


@pytest.mark.parametrize("role", list(Role))
def test_each_role_passes_exactly_the_doors_of_the_table(town, role):
    browser = town.browser(NAMES[role])
    browser.see("/")
    for door in DOORS:
        path = path_of(door, town)
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.page).group(1)
        answer = browser.client.open(
            path, method=door.method, data={"csrf_token": token} if door.method == "POST" else None
        )
        assert (answer.status_code == 403) == (role not in door.roles), f"{role} {door.method} {path}: {answer.status}"
        assert answer.status_code < 500, f"{path}: {answer.status}"


def test_every_form_needs_its_token(town):
    browser = town.browser()
    posts = [(rule, "POST") for rule in town.app.url_map.iter_rules() if "POST" in rule.methods]
    assert len(posts) > 20
    for door in DOORS:
        if door.method == "POST":
            answer = browser.client.post(path_of(door, town), data={"csrf_token": "forged"})
            assert answer.status_code == 400, door.name
            assert "open too long" in answer.text
    for path in ("/login", "/logout", "/language"):
        assert browser.client.post(path).status_code == 400


def test_another_communitys_things_do_not_exist_here(town):
    theirs = town.browser("Far Away")
    theirs.see("/")
    for door in DOORS:
        if "<int:row_id>" not in door.rule:
            continue
        path = path_of(door, town)
        token = re.search(r'name="csrf_token" value="([^"]+)"', theirs.page).group(1)
        data = {"csrf_token": token, "words": "x", "consent": "paper"} if door.method == "POST" else None
        answer = theirs.client.open(path, method=door.method, data=data)
        assert answer.status_code == 404, f"{door.method} {path}: {answer.status}"


def test_another_communitys_people_are_not_found_or_used(town):
    browser = town.browser()
    for query in ("Nobody", "9999", "+86 170 0000 9999"):
        assert "Nobody Here" not in browser.see(f"/people?q={query}")
        assert "Nobody Here" not in browser.see(f"/enter/people?q={query}")
    browser.see(f"/enter?resident={town.ids['stranger']}", 404)
    browser.see("/")
    browser.press("/enter/help", 404, resident=town.ids["stranger"], service=1)
    browser.see(f"/requests/{town.ids['request']}")
    browser.press(f"/jobs/{town.ids['job']}/assign", 404, volunteer=town.ids["far helper"])


@pytest.mark.parametrize("path", ["/", "/login", "/people", "/nothing-here", "/requests/99999", "/board/live"])
def test_the_browser_is_told_to_run_only_ours_and_keep_nothing(town, path):
    headers = town.browser().client.get(path).headers
    beside = CONTENT_SECURITY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")  # this town is for training
    assert headers["Content-Security-Policy"] == beside
    assert "unsafe" not in CONTENT_SECURITY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_no_page_has_script_or_style_of_its_own(town):
    browser = town.browser()
    for door in DOORS:
        if door.method == "GET" and door.name not in ("recording", "prompt_file", "help_picture", "code_picture"):
            page = browser.see(path_of(door, town))
            assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=", page), door.name


def everything(town):
    """What is stored, but for when each login was last used."""
    with town.database.read() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name != "staff_sessions"]
        return {table.name: session.execute(sa.select(table)).all() for table in tables}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(town, method):
    browser = town.browser()
    browser.see("/")
    before = everything(town)
    for door in DOORS:
        if door.method == "GET":
            browser.client.open(path_of(door, town), method=method)
            after = everything(town)
            if door.name == "charges_list" and method == "GET":  # who took a list out is noted before it is given
                assert len(after["events"]) == len(before["events"]) + 1
                before["events"] = after["events"]
            assert after == before, door.name


def test_a_field_that_the_form_does_not_have_is_not_written(town):
    before = town.row(Resident, town.ids["rose"])
    browser = town.browser("Dai Fen")
    page = browser.see(f"/residents/{before.id}/edit")
    more = {"id": 1, "community_id": town.ids["elsewhere"], "enrolled_at": "", "consent": "paper", "follows_id": 1}
    typed = {"name": "Rose Miller-Lee", "phone": before.phone, "zone": before.zone_id, "language": before.language}
    stale = re.search(r'name="version" value="([^"]*)"', page)
    browser.press(f"/residents/{before.id}/edit", **typed, **more, **({"version": stale[1]} if stale else {}))
    after = town.row(Resident, before.id)
    assert after.name == "Rose Miller-Lee"
    for field in more:
        assert getattr(after, field) == getattr(before, field), field


def test_every_link_leads_to_a_page_of_ours_or_to_a_telephone(town):
    with town.database.begin() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        rose.door_note, rose.address = "javascript:alert(1)", "https://evil.example/"
    browser, seen = town.browser(), 0
    for door in DOORS:
        if door.method == "GET" and door.name not in ("recording", "prompt_file", "help_picture", "code_picture"):
            page = browser.see(path_of(door, town))
            for address in re.findall(r'(?:href|src|action|formaction)="([^"]*)"', page):
                seen += 1
                assert re.match(r"/(?![/\\\\])|tel:\+?[0-9]+$|[#?]|$", address), f"{door.name}: {address}"
    assert seen > 1000


def test_what_is_secret_is_typed_unseen_may_be_pasted_and_is_never_shown_again(town):
    browser, seen = town.browser(), 0
    pages = [
        browser.see(path_of(door, town))
        for door in DOORS
        if door.method == "GET" and door.name not in ("recording", "prompt_file", "help_picture", "code_picture")
    ]
    for page in [*pages, browser.see("/settings/staff"), town.app.test_client().get("/login").text]:
        for field in re.findall(r"<input[^>]*>", page):
            if re.search(r'name="(?:password|pin)"|secret', field):
                seen += 1
                assert 'type="password"' in field, field
                assert "autocomplete=" in field, field
                assert "value=" not in field, field
                assert "onpaste" not in field, field
    assert seen > 3
    assert "paste" not in (ROOT / "dispatch/board/static/board.js").read_text()


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.git/HEAD", "/config.toml", "/linli.db", "/board/static/../__init__.py", "/board/static/..%2f__init__.py",
     "/board/static/", "/help/pictures/..%2f..%2fstaff.md", "/help/pictures/%2e%2e", "/help/pictures/staff.md", "/docs/security.md",
     "/board/static/%2e%2e/%2e%2e/etc/passwd", "/requirements.lock", "/server-status", "/console"],
)  # fmt: skip
def test_no_file_of_the_machine_is_behind_any_address(town, path):
    answer = town.browser().client.get(path)
    assert answer.status_code in (302, 404), path
    assert "To the board" in answer.text or answer.status_code == 302


def test_our_own_script_and_style_may_be_kept(town):
    page = town.browser().see("/")
    for address in re.findall(r'(?:src|href)="(/board/static/[^"]+)"', page):
        answer = town.app.test_client().get(address)
        assert answer.status_code == 200
        assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(("path", "code"), [("/nothing", 404), ("/requests/77777", 404), ("/alerts/1/mine", 405)])
def test_a_wrong_address_gets_a_kind_page(town, path, code):
    page = town.browser().see(path, code)
    assert "To the board" in page
    assert "Traceback" not in page


def test_a_role_that_may_not_gets_a_kind_page(town):
    assert "Ask a coordinator" in town.browser("Ai Ding").see("/enter", 403)


def test_a_broken_database_gets_a_page_that_says_what_to_do(town):
    browser = town.browser()
    with town.database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE jobs RENAME TO gone")
        connection.commit()
    page = browser.see("/", 503)
    assert "on paper" in page
    assert "Traceback" not in page
    assert "SELECT" not in page


def test_an_unforeseen_fault_gets_a_page_without_its_details(town):
    town.app.view_functions["board.news"] = lambda: 1 / 0
    page = town.browser().see("/news", 500)
    assert "Something went wrong on our side" in page
    assert "division" not in page


HUGE = "9" * 25


@pytest.mark.parametrize(
    "path",
    [
        *(f"/{kind}/{HUGE}" for kind in ("requests", "jobs", "residents", "texts", "recordings", "meals", "volunteers")),
        *(f"/enter?{name}={HUGE}" for name in ("resident", "text")),
        *(f"/residents/new?{name}={HUGE}" for name in ("text", "callback")),
        *(f"/{name}?page={HUGE}" for name in ("people", "texts", "calls")),
        f"/people?kind=volunteers&page={HUGE}", f"/enter/people?text={HUGE}", f"/residents/{2**31}", f"/menus/{HUGE}/2026-11-24",
    ],
)  # fmt: skip
def test_a_number_larger_than_any_is_an_address_that_nobody_has(town, path):
    assert "To the board" in town.browser().see(path, 404)


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5"])
def test_a_page_number_that_is_none_is_the_first(town, page):
    assert "Rose Miller" in town.browser().see(f"/people?page={page}")


@pytest.mark.parametrize(
    ("path", "field"),
    [("/enter/meal", "resident"), ("/enter/meal", "dish"), ("/enter/help", "resident"), ("/enter/help", "service")],
)
def test_a_form_with_a_number_larger_than_any_finds_nothing(town, path, field):
    browser = town.browser()
    browser.see("/")
    browser.press(path, 404, **{"resident": town.ids["rose"], "dish": 1, "service": 2, field: HUGE})


def test_whoever_is_logged_out_gets_no_data_from_the_parts(town):
    stranger = town.app.test_client()
    for path in ("/board/version", "/board/live", "/enter/people?q=ro"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.text) == (401, "")
