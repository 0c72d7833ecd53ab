"""The history is a chain: whoever changes or removes an entry in the database itself is found out, at that entry."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from board_town import build_town
from click.testing import CliRunner

from dispatch import taking, working
from dispatch.forgetting import forget
from dispatch.retention import Periods, expire
from dispatch.sealing import hold_chain, last_seal, say_instead, seal_history, short_seal, verify
from dispatch.striking import strike
from models.events import LETS_GO, Event
from models.installation import Installation
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.schema import migrate
from scripts.commands import main

LINKS = 8
VERSIONS = Path(__file__).parent.parent / "models/migrations/versions"


@pytest.fixture
def town(tmp_path):
    """A town in which something has happened, all of it sealed."""
    town = build_town(tmp_path)
    errand, lunch = town.errand("rose", "Milk"), town.lunch("gao")
    with town.database.begin() as session:
        row = session.get_one(HelpRequest, errand)
        taking.assign(session, row.job, session.get_one(Volunteer, town.ids["sam"]), who="staff 1", now=town.now)
        working.add_note(session, row, words="Rose Miller sounded tired", who="staff 1", now=town.now)
        working.finish(session, row, who="volunteer 1", now=town.now)
        working.cancel(session, session.get_one(HelpRequest, lunch), who="staff 1", now=town.now, why="a slip")
    assert sealed(town) == LINKS
    return town


def sealed(town):
    """Everything is sealed; how much there is."""
    while seal_history(town.database):
        pass
    with town.database.read() as session:
        return last_seal(session)[0]


def looked_through(town, noted=""):
    with town.database.read() as session:
        return verify(session, noted=noted)


def tamper(town, statement):
    """As somebody would who has the database open."""
    with town.database.engine.begin() as connection:
        connection.execute(statement)


def test_what_nobody_touched_is_whole_and_grows(town):
    before = looked_through(town)
    assert (before.fault, before.let_go) == ("", 0)
    town.errand("rose", "Bread")
    assert sealed(town) > before.entries
    after = looked_through(town, before.seal[:8])
    assert after.is_whole
    assert after.seal != before.seal


CHANGES = {
    "who": "staff 9", "verb": "other", "from_state": "x", "to_state": "x", "why": "something else", "mark": "0" * 64,
    "seal": "0" * 64, "salt": "0" * 16,
}  # fmt: skip


@pytest.mark.parametrize("place", range(1, LINKS + 1, 3))
@pytest.mark.parametrize("column", [*CHANGES, "at", "request_id", "community_id"])
def test_an_entry_that_was_changed_is_named(town, place, column):
    with town.database.read() as session:
        row = session.scalars(sa.select(Event).where(Event.sealed_as == place)).one()
        other = {
            "at": row.at + timedelta(seconds=1), "request_id": None if row.request_id else town.errand("zhu"),
            "community_id": town.ids["elsewhere"],
        }  # fmt: skip
    value = other[column] if column in other else CHANGES[column]
    tamper(town, sa.update(Event).where(Event.sealed_as == place).values({column: value}))
    found = looked_through(town)
    assert f"entry {place} " in found.fault


@pytest.mark.parametrize("place", range(1, LINKS + 1, 2))
def test_an_entry_that_was_removed_is_missed(town, place):
    tamper(town, sa.delete(Event).where(Event.sealed_as == place))
    assert f"entry {place} is missing" in looked_through(town).fault


def test_the_end_that_was_cut_off_is_missed(town):
    entries = looked_through(town).entries
    tamper(town, sa.delete(Event).where(Event.sealed_as > entries - 2))
    assert looked_through(town).fault == f"entries after {entries - 2} are missing"


def test_two_entries_that_changed_places_are_found(town):
    with town.database.read() as session:
        one, two = (session.scalars(sa.select(Event.id).where(Event.sealed_as == place)).one() for place in (2, 3))
    tamper(town, sa.update(Event).where(Event.id == one).values(sealed_as=None))
    tamper(town, sa.update(Event).where(Event.id == two).values(sealed_as=2))
    tamper(town, sa.update(Event).where(Event.id == one).values(sealed_as=3))
    assert "entry 2 " in looked_through(town).fault


def test_a_chain_that_was_made_anew_is_found_out_by_a_seal_that_was_written_down(town):
    noted = looked_through(town).seal[:8]
    tamper(town, sa.update(Event).values(sealed_as=None, seal="", salt="", mark=""))
    tamper(town, sa.update(Installation).values(sealed_entries=0, last_seal=""))
    tamper(town, sa.delete(Event).where(Event.verb == "note"))
    sealed(town)
    assert looked_through(town).is_whole
    assert not looked_through(town, noted).is_whole


def test_whoever_is_forgotten_breaks_no_chain_and_her_words_are_gone(town):
    with town.database.begin() as session:
        forget(session, session.get_one(Resident, town.ids["rose"]), who="staff 1", now=town.now)
    sealed(town)
    found = looked_through(town)
    assert found.is_whole
    assert found.let_go >= 1
    with town.database.begin() as session:
        assert not session.scalars(sa.select(Event).where(Event.why.contains("tired"))).all()
        while expire(session, Periods(1, 1, 1, 1, 1, 1), now=town.now + timedelta(days=9)):
            session.flush()
    assert looked_through(town).is_whole


def stamp(town, version=""):
    """The town's tables were built at once: commands want to know their version."""
    newest = version or max(path.name[:4] for path in VERSIONS.glob("0*.py"))
    tamper(town, sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    tamper(town, sa.text("INSERT INTO alembic_version VALUES (:newest)").bindparams(newest=newest))


def test_the_operator_looks_through_it(town, tmp_path, monkeypatch):
    stamp(town)
    monkeypatch.setenv("LINLI_DATABASE__URL", str(town.database.engine.url))
    told = CliRunner().invoke(main, ["audit", "verify"], catch_exceptions=False)
    assert told.exit_code == 0
    assert "each as it was written" in told.output
    tamper(town, sa.delete(Event).where(Event.sealed_as == 4))
    told = CliRunner().invoke(main, ["audit", "verify"], catch_exceptions=False)
    assert told.exit_code == 1
    assert "entry 4 is missing" in told.output


def test_the_morning_page_shows_the_seal(town):
    found = looked_through(town)
    page = town.browser().see("/morning")
    assert short_seal(found.entries, found.seal) in page
    assert "never left this machine" in page


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1}", "{2}", "{3}", "{4}"])
def test_a_seal_is_known_in_whatever_way_it_was_kept(town, written):
    found = looked_through(town)
    kept = short_seal(found.entries, found.seal)
    ways = kept, kept.upper(), kept.replace("-", "–"), found.seal, found.seal[:8]
    assert looked_through(town, written.format(*ways)).is_whole
    assert not looked_through(town, f"{found.entries - 1}{kept[len(str(found.entries)) :]}").is_whole, (
        "at its place only"
    )
    assert not looked_through(town, kept[:-1] + ("0" if kept[-1] != "0" else "1")).is_whole


def lets_go(town, reason="a slip", instead=""):
    """Words of an entry are let go of, as they are when they are old; its place in the chain."""
    with town.database.begin() as session:
        event = session.scalars(sa.select(Event).where(Event.why == reason)).one()
        say_instead(session, {event: instead}, who="clock", now=town.now)
        place = event.sealed_as
    sealed(town)
    return place


def test_what_was_let_go_of_is_named_by_an_entry_with_who_did_it(town):
    place = lets_go(town)
    found = looked_through(town)
    assert (found.fault, found.let_go, found.entries) == ("", 1, LINKS + 1)
    with town.database.read() as session:
        entry = session.scalars(sa.select(Event).where(Event.verb == LETS_GO)).one()
        assert (entry.who, entry.at) == ("clock", town.now)
        assert entry.why.startswith(f"{place}:")


@pytest.mark.parametrize("salt", ["", "0" * 16])
def test_words_cannot_be_replaced_as_if_they_had_been_let_go_of(town, salt):
    with town.database.read() as session:
        place = session.scalars(sa.select(Event.sealed_as).where(Event.why == "a slip")).one()
    tamper(town, sa.update(Event).where(Event.sealed_as == place).values(why="she asked for it", salt=salt))
    assert f"entry {place} " in looked_through(town).fault


@pytest.mark.parametrize("salt", [None, "", "0" * 16])
def test_nothing_can_be_put_in_the_place_of_words_that_were_let_go_of(town, salt):
    place = lets_go(town)
    values = {"why": "she asked for it"} if salt is None else {"why": "she asked for it", "salt": salt}
    tamper(town, sa.update(Event).where(Event.sealed_as == place).values(values))
    assert f"entry {place} " in looked_through(town).fault


def test_words_may_be_let_go_of_twice_and_before_they_were_sealed(town):
    place = lets_go(town, instead="a sl…")
    assert lets_go(town, "a sl…") == place
    found = looked_through(town)
    assert (found.fault, found.let_go, found.entries) == ("", 1, LINKS + 2)
    with town.database.begin() as session:
        new = Event(community_id=town.ids["community"], at=town.now, who="staff 1", verb="note", why="not sealed yet")
        session.add(new)
        session.flush()
        say_instead(session, {new: "…"}, who="staff 1", now=town.now)
    assert sealed(town) == LINKS + 3
    assert looked_through(town).is_whole


def test_many_are_let_go_of_at_once_and_a_name_that_looks_like_a_mark_strikes_no_mark(town):
    many = 40
    with town.database.begin() as session:
        for number in range(many):
            session.add(
                Event(
                    community_id=town.ids["community"], at=town.now, who="staff 1", verb="note", why=f"note {number}"
                )
            )  # fmt: skip
    sealed(town)
    with town.database.begin() as session:
        written = session.scalars(sa.select(Event).where(Event.why.startswith("note "))).all()
        say_instead(session, dict.fromkeys(written, ""), who="clock", now=town.now)
    sealed(town)
    with town.database.begin() as session:
        hold_chain(session)
        assert strike(session, ["ab", "en", "staff", *(f"{number:02x}" for number in range(256))])["events"] == set()
    found = looked_through(town)
    assert (found.fault, found.let_go) == ("", many)


def test_what_was_let_go_of_before_that_was_sealed_is_named_when_the_database_is_brought_up_to_date(town):
    with town.database.read() as session:
        place = session.scalars(sa.select(Event.sealed_as).where(Event.why == "a slip")).one()
    tamper(town, sa.update(Event).where(Event.sealed_as == place).values(why="", salt=""))
    assert f"entry {place} " in looked_through(town).fault
    stamp(town, "0032")
    migrate(str(town.database.engine.url))
    sealed(town)
    found = looked_through(town)
    assert (found.fault, found.let_go) == ("", 1)
    with town.database.read() as session:
        other = session.scalars(sa.select(Event.sealed_as).where(Event.why.contains("tired"))).one()
    tamper(town, sa.update(Event).where(Event.sealed_as == other).values(why="", salt=""))
    assert f"entry {other} " in looked_through(town).fault
