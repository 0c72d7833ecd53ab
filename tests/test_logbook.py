"""The book at the door: who came in, who did not, who was turned away; and what a flood of guesses does to it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import PASSWORD, Browser, build_town
from test_board_login import from_there
from test_second_factor import give, is_in, log_in, set_up, shown

from dispatch import logbook
from dispatch.logbook import Knock, Logbook
from dispatch.retention import Periods, expire
from models.logins import LoginNote, What
from models.tasks import AlertKind, open_alerts_of


@pytest.fixture
def town(tmp_path):
    """A town and its staff."""
    return build_town(tmp_path)


@pytest.fixture
def stranger(town):
    """A browser that has not logged in."""
    return Browser(town, town.app.test_client())


def written(town, *what):
    """What stands in the book, the oldest first."""
    with town.database.read() as session:
        rows = sa.select(LoginNote).order_by(LoginNote.id)
        return list(session.scalars(rows.where(LoginNote.what.in_(what)) if what else rows))


def a_second_later(town):
    """What is counted is written once a second; the sweep does it."""
    town.logbook.write(now=town.now)


def test_who_came_in_and_went_is_written_down(town, stranger):
    stranger.log_in("Dai Fen")
    stranger.see("/")
    stranger.press("/logout")
    assert [(one.what, one.how, one.network) for one in written(town)] == [
        (What.IN, "password", "127.0.0.0/24"), (What.OUT, "", "127.0.0.0/24"),
    ]  # fmt: skip


def test_a_name_that_nobody_has_is_written_down_without_the_name(town, stranger):
    stranger.log_in("correct horse battery", "Dai Fen")
    a_second_later(town)
    with town.database.read() as session:
        rows = session.execute(sa.text("SELECT * FROM login_notes")).all()
    assert [row.what for row in rows] == ["unknown_name"]
    assert "horse" not in str(rows)
    assert rows[0].staff_id is None


def test_wrong_passwords_wrong_codes_and_waits_are_counted_under_the_name(town, stranger):
    dai = town.browser("Dai Fen")
    secret, spare = set_up(town, dai)
    stranger.log_in("Dai Fen", "guessed")
    town.now += timedelta(minutes=5)
    browser = log_in(town)
    give(browser, "000000")
    give(browser, shown(secret, town))
    give(log_in(town), spare[0])
    for _ in range(6):
        stranger.log_in("Ai Ding", "guessed")
    a_second_later(town)
    rows = [(one.staff_id, one.what, one.times) for one in written(town)]
    assert (town.ids["Dai Fen"], What.WRONG_PASSWORD, 1) in rows
    assert (town.ids["Dai Fen"], What.WRONG_CODE, 1) in rows
    assert (None, What.TOO_FAST, 3) in rows, "whoever is told to wait is not looked at at all"
    hows = [one.how for one in written(town, What.IN)]
    assert hows == ["password", "password+code", "password+spare"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1::/48"), ("nonsense", "")],
)
def test_where_somebody_comes_from_is_kept_no_more_exactly_than_a_part_of_a_town(town, stranger, address, kept):
    from_there(stranger, "Dai Fen", "guessed", address)
    a_second_later(town)
    assert [one.network for one in written(town, What.WRONG_PASSWORD)] == [kept]


def test_who_is_turned_away_at_a_door_is_written_down_with_the_door(town):
    auditor = town.browser("Ai Ding")
    auditor.see("/settings/staff", 403)
    auditor.see("/settings/hours", 403)
    a_second_later(town)
    rows = written(town, What.REFUSED)
    assert [(one.staff_id, one.how, one.times) for one in rows] == [(town.ids["Ai Ding"], "GET /settings/<part>", 2)]
    assert "/settings/&lt;part&gt;" in town.browser("Chen Li").see("/logins?only=failed")


def test_the_page_is_for_coordinators_and_auditors_and_tells_of_this_community_only(town, stranger):
    stranger.log_in("Far Away", "guessed")
    stranger.log_in("Dai Fen", "guessed")
    a_second_later(town)
    for name, status in (("Chen Li", 200), ("Ai Ding", 200), ("Dai Fen", 403), ("Op Rator", 403)):
        town.browser(name).see("/logins", status)
    page = town.browser("Chen Li").see("/logins")
    assert "wrong password" in page
    assert "Dai Fen" in page
    assert "Far Away" not in page


def test_the_page_shows_only_what_failed_and_says_when_there_is_nothing(town, stranger):
    chen = town.browser("Chen Li")
    assert "Nothing has failed." in chen.see("/logins?only=failed")
    stranger.log_in("Dai Fen", "guessed")
    a_second_later(town)
    page = chen.see("/logins?only=failed")
    assert page.count("<tr>") == 2, "the heading and one row"
    assert "logged in" not in re.search(r"<tbody>.*</tbody>", page, re.DOTALL)[0]


def test_the_page_has_pages(town):
    with town.database.begin() as session:
        for minute in range(120):
            knock = Knock(What.IN, "", town.ids["Dai Fen"], town.ids["community"], "password")
            logbook.write_down(session, knock, now=town.now - timedelta(minutes=minute))
    chen = town.browser("Chen Li")
    assert chen.see("/logins").count("<tr>") == 51
    assert "page=2" in chen.page
    assert chen.see("/logins?page=3").count("<tr>") == 1 + 21
    assert "page=4" not in chen.page
    chen.see("/logins?page=99999999", 404)


def test_ones_own_page_shows_ones_own_last_log_ins_and_tries(town, stranger):
    stranger.log_in("Dai Fen", "guessed")
    a_second_later(town)
    dai = town.browser("Dai Fen")
    page = dai.see("/me")
    assert "wrong password" in page
    assert "127.0.0.0/24" in page
    assert "wrong password" not in town.browser("Ai Ding").see("/me")


def test_whoever_comes_in_is_told_how_often_it_was_tried_in_vain_since(town, stranger):
    town.browser("Dai Fen")
    town.now += timedelta(hours=1)
    for _ in range(2):
        stranger.log_in("Dai Fen", "guessed")
    a_second_later(town)
    dai = town.browser("Dai Fen")
    assert "2 tries failed under your name" in dai.see("/")
    assert "tries failed" not in dai.see("/")
    town.now += timedelta(hours=1)
    assert "failed under your name" not in town.browser("Dai Fen").see("/")


def test_many_guesses_at_one_name_are_an_alert_that_ends_by_itself(town):
    book = Logbook(town.database)
    knock = Knock(What.WRONG_PASSWORD, "203.0.113.0/24", town.ids["Dai Fen"], town.ids["community"])
    for _ in range(logbook.MANY - 1):
        book.failed(knock, now=town.now)
    book.write(now=town.now)
    assert guessing(town) == []
    book.failed(knock, now=town.now)
    book.write(now=town.now)
    chen = town.browser("Chen Li")
    assert "Somebody tries out a password" in chen.see("/")
    assert "Dai Fen" in chen.page
    assert "/logins?only=failed" in chen.page
    assert "/logins" not in town.browser("Dai Fen").see("/"), "she may not read it"
    town.wait(minutes=59)
    assert len(guessing(town)) == 1
    town.wait(minutes=2)
    assert guessing(town) == []
    assert "Somebody tries out" not in chen.see("/")


def guessing(town):
    with town.database.read() as session:
        return open_alerts_of(session, AlertKind.GUESSING)


def test_a_flood_of_guesses_is_few_rows_and_few_transactions(town):
    """Ten thousand knocks from ten thousand networks within a few seconds."""
    seconds, began = [0.0], []
    sa.event.listen(town.database.engine, "commit", lambda connection: began.append(1))
    book = Logbook(town.database, stopwatch=lambda: seconds[0])
    for number in range(10_000):
        seconds[0] += 0.0005
        network = f"{number % 200}.{number // 200 % 200}.{number % 97}.0/24"
        staff = town.ids["Dai Fen"] if number % 2 else None
        book.failed(
            Knock(
                What.WRONG_PASSWORD if staff else What.UNKNOWN_NAME,
                network,
                staff,
                town.ids["community"] if staff else None,
            ),
            now=town.now,
        )
    book.write(now=town.now)
    rows = written(town)
    assert sum(one.times for one in rows) == 10_000, "each is counted"
    assert len(rows) <= logbook.MOST_ROWS + 4
    assert len(began) <= 2 * 7, "once a second, however many knock"
    assert len(guessing(town)) == 1


def test_what_cannot_be_written_is_counted_on(town):
    book = Logbook(town.database)
    with town.database.begin() as session:
        session.execute(sa.text("ALTER TABLE login_notes RENAME TO elsewhere"))
    with pytest.raises(sa.exc.SQLAlchemyError):
        book.failed(Knock(What.UNKNOWN_NAME, ""), now=town.now)
    with town.database.begin() as session:
        session.execute(sa.text("ALTER TABLE elsewhere RENAME TO login_notes"))
    book.write(now=town.now)
    assert [one.times for one in written(town)] == [1]


def test_the_book_is_kept_as_long_as_the_settings_say(town, stranger):
    stranger.log_in("Dai Fen", "guessed")
    a_second_later(town)
    town.browser("Dai Fen")
    periods = Periods(recordings_days=0, texts_days=0, calls_days=0, notes_days=0, logins_days=90, looks_days=0)
    for days, left in ((89, 2), (91, 0)):
        with town.database.begin() as session:
            expire(session, periods, now=town.now + timedelta(days=days))
        assert len(written(town)) == left


def test_a_login_lasts_seven_days_at_most_however_often_it_is_used(town):
    dai = town.browser("Dai Fen")
    for _ in range(7 * 4 - 1):
        town.now += timedelta(hours=6)
        assert is_in(dai)
    town.now += timedelta(hours=6, minutes=1)
    assert not is_in(dai)
    page = dai.client.get("/login").text
    assert "seven days at the most" in page
    assert dai.log_in("Dai Fen", PASSWORD).status_code == 303
    assert is_in(dai)
    assert "seven days" not in dai.client.get("/login", follow_redirects=True).text


def test_whoever_was_idle_is_told_so_and_whoever_logged_out_is_not(town):
    dai = town.browser("Dai Fen")
    town.now += timedelta(hours=13)
    assert not is_in(dai)
    assert "twelve hours" in dai.client.get("/login").text
    ai = town.browser("Ai Ding")
    ai.see("/")
    ai.press("/logout")
    assert "twelve hours" not in ai.client.get("/login").text


def test_a_login_that_is_too_old_is_not_among_those_that_one_sees(town):
    town.browser("Dai Fen")
    town.now += timedelta(days=7, minutes=1)
    assert town.browser("Dai Fen").see("/me").count("since 09:") == 1
