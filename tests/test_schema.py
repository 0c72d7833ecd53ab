"""The version of the database: migrations build exactly the models, lose nothing, and refuse what they do not know."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from models import schema
from models.base import Base
from models.schema import WrongVersion, ensure_current, is_empty, migrate

ROOT = Path(__file__).parent.parent
REVISIONS = sorted(path.name[:4] for path in (ROOT / "models/migrations/versions").glob("0*.py"))


# The promises of migrations hold on both databases; what SQLite alone does (files, rebuilt tables) is told for it alone.
on_both = pytest.mark.both_databases


@pytest.fixture
def url(bare_database: str) -> str:
    return bare_database


def differences(url: str) -> list[Any]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return list(compare_metadata(context, Base.metadata))


def condition_of(index: Any) -> str:
    """Which rows a partial index holds."""
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where")))


def checks(url: str) -> dict[str, Any]:
    """The promises that the database itself keeps, and that Alembic does not compare."""
    inspector = sa.inspect(sa.create_engine(url, poolclass=sa.NullPool))
    names = set(inspector.get_table_names()) - {"alembic_version"}
    return {
        name: (
            sorted(str(check["sqltext"]) for check in inspector.get_check_constraints(name)),
            sorted((str(i["name"]), condition_of(i)) for i in inspector.get_indexes(name)),
        )
        for name in names
    }


@on_both
def test_migrations_build_exactly_the_models(url: str):
    assert is_empty(url)
    assert migrate(url) == REVISIONS
    assert differences(url) == []
    ensure_current(url)
    assert migrate(url) == []


@on_both
def test_the_database_itself_keeps_the_promises_that_the_models_state(url: str):
    migrate(url)
    migrated = checks(url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    assert checks(url) == migrated


@on_both
def test_migrating_twice_is_migrating_once(url: str):
    assert is_empty(url)
    migrate(url)
    assert not is_empty(url)
    assert migrate(url) == []
    ensure_current(url)


def test_looking_makes_no_file(url: str, tmp_path: Path):
    assert is_empty(url)
    with pytest.raises(WrongVersion, match="scripts/linli migrate"):
        ensure_current(url)
    assert list(tmp_path.iterdir()) == []


@on_both
def test_two_programs_may_start_on_one_empty_database(url: str):
    command = [sys.executable, "-c", f"from models.schema import migrate; print(migrate({url!r}))"]
    programs = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sorted(program.communicate()[0] for program in programs) == [f"{REVISIONS}\n", "[]\n", "[]\n"]
    ensure_current(url)


@on_both
def test_two_threads_may_start_on_one_empty_database(url: str):
    with ThreadPoolExecutor(4) as many:
        done = list(many.map(lambda _: migrate(url), range(4)))
    assert sorted(done) == [[], [], [], REVISIONS]


def test_a_database_from_a_newer_version_is_told_apart_and_not_touched(url: str, tmp_path: Path):
    migrate(url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'zzzz'"))
    before = (tmp_path / "town.db").read_bytes()
    for touch in (migrate, ensure_current):
        with pytest.raises(WrongVersion, match="newer version"):
            touch(url)
    assert (tmp_path / "town.db").read_bytes() == before


@on_both
def test_a_database_of_somebody_else_is_left_alone(url: str):
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text("CREATE TABLE recipes (id INTEGER PRIMARY KEY)"))
    for touch in (migrate, ensure_current):
        with pytest.raises(WrongVersion, match="not Linli's"):
            touch(url)


def test_rebuilding_a_table_keeps_the_rows_that_point_to_it(url: str):
    """SQLite rebuilds a table by dropping it: with foreign keys on, that deletes what points to it."""
    migrate(url)
    with schema._connected(url, writing=True) as connection, connection.begin():
        _one_volunteer_in_a_zone(connection)
        operations = Operations(MigrationContext.configure(connection, opts={"render_as_batch": True}))
        with operations.batch_alter_table("volunteers", recreate="always") as batch:
            batch.add_column(sa.Column("nickname", sa.String(20)))
        assert connection.scalar(sa.text("SELECT count(*) FROM volunteer_zones")) == 1


def _one_volunteer_in_a_zone(connection: sa.Connection) -> None:
    tables = Base.metadata.tables
    community = {"id": 1, "name": "A", "number": "+861055550000", "timezone": "UTC", "language": "en"}
    connection.execute(tables["communities"].insert().values(community))
    connection.execute(tables["zones"].insert().values(id=1, community_id=1, name="East"))
    who = {"id": 1, "community_id": 1, "name": "Sam", "phone": "+8617000000001", "language": "en", "days": []}
    connection.execute(tables["volunteers"].insert().values(who))
    connection.execute(tables["volunteer_zones"].insert().values(volunteer_id=1, zone_id=1))


@on_both
def test_a_migration_that_breaks_leaves_nothing_half_done(url: str):
    with schema._connected(url, writing=True) as connection:
        step = connection.begin()
        Base.metadata.create_all(connection)
        step.rollback()
    assert is_empty(url)


@on_both
def test_migrations_can_be_taken_back(url: str):
    migrate(url)
    with schema._connected(url, writing=True) as connection:
        command.downgrade(schema._config(connection=connection, applied=[]), "base")
    assert is_empty(url)


@on_both
@pytest.mark.parametrize("was_made_with_it", [True, False])
def test_no_job_says_where_it_begins_however_the_database_was_made(url: str, was_made_with_it: bool):
    migrate(url)
    with schema._connected(url, writing=True) as connection:
        command.downgrade(schema._config(connection=connection, applied=[]), "0023")
    if not was_made_with_it:
        with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
            connection.execute(sa.text("ALTER TABLE jobs DROP COLUMN kitchen_id"))
    assert migrate(url) == REVISIONS[REVISIONS.index("0024") :]
    assert differences(url) == []
