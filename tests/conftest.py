"""A town for each test, on a database of its own, copied from one that was migrated once.

Modules marked `both_databases` hold promises: their tests run on SQLite and on PostgreSQL. Of other modules those tests
are marked that made statements which no other made, when it was measured. The server of PostgreSQL is what
scripts/with-postgres starts (or TEST_POSTGRES_URL names: postgresql+psycopg://user@host:port/postgres). With
`scripts/test --everything-twice` every test that stands on a town runs on both: it takes much longer.
"""

from contextlib import nullcontext
from itertools import product

import pytest
import quick
import sqlalchemy as sa
from postgres import SERVER, database_on_server
from town import ROSE, SAM, Town

from models.schema import migrate

DATABASES = ("sqlite", "postgresql")
# The stories of these modules are told on one with the database open, on the other with a key that locks what is most
# personal in it.
LOCKED_TOO = ("test_story", "test_merging_story")
_KEYS = {"open": "", "locked": "5e" * 32}


quick.be_quick()


def pytest_collection_finish(session):
    """Everything is imported; and what belongs together is known to whoever deals out the tests."""
    quick.forget_what_was_imported()
    if session.config.getoption("loadgroup", False):
        grouped = [item for item in session.items if item.get_closest_marker("xdist_group")]
        assert all("@" in item.nodeid for item in grouped), "pytest and pytest-xdist do not fit: groups are not seen"


def pytest_addoption(parser):
    """One option of ours."""
    parser.addoption("--everything-twice", action="store_true", help="every town also on PostgreSQL")


def pytest_generate_tests(metafunc):
    """Tests of marked modules that stand on a database do so twice."""
    everything = metafunc.config.getoption("everything_twice")
    is_twice = everything or metafunc.definition.get_closest_marker("both_databases")
    if "database" not in metafunc.fixturenames or not is_twice:
        return
    if "field_key" in metafunc.fixturenames and metafunc.module.__name__ in LOCKED_TOO:
        pairs = product(DATABASES, _KEYS) if everything else zip(DATABASES, _KEYS, strict=True)
        metafunc.parametrize(("database", "field_key"), list(pairs), indirect=True)
    else:
        metafunc.parametrize("database", DATABASES, indirect=True)


@pytest.fixture
def database(request):
    """The kind of database this test stands on."""
    kind = getattr(request, "param", "sqlite")
    if kind == "postgresql" and not SERVER:
        pytest.skip("there is no PostgreSQL: scripts/with-postgres starts one")
    return kind


@pytest.fixture
def field_key(request):
    """The key that locks what is most personal; "": there is none."""
    return _KEYS[getattr(request, "param", "open")]


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory):
    """An empty SQLite database that is up to date."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def empty_on_server():
    """The name of an empty PostgreSQL database that is up to date."""
    with database_on_server() as url:
        migrate(url)
        yield sa.make_url(url).database


@pytest.fixture
def found_town(tmp_path, database, field_key, request):
    """Founds towns. At the end of every story, all that was promised in it must be sayable, by text and by call."""
    towns = []
    template = request.getfixturevalue("empty_file" if database == "sqlite" else "empty_on_server")
    with nullcontext() if database == "sqlite" else database_on_server(template) as url:

        def found(**options):
            environ = {"LINLI_DATABASE__FIELD_KEY": field_key, **options.pop("environ", {})}
            towns.append(Town(tmp_path, template=template, url=url, environ=environ, **options))
            return towns[-1]

        yield found
        _all_can_be_said(towns)
        for town in towns if url else ():
            town.database.engine.dispose()


def _all_can_be_said(towns):
    for town in towns:
        assert town.unsayable() == []


@pytest.fixture
def town(found_town):
    """A town on a Monday at nine in the morning, with nobody in it."""
    return found_town()


@pytest.fixture
def rose(town):
    """A resident, enrolled, with a mobile."""
    return town.resident("Rose Miller", ROSE)


@pytest.fixture
def sam(town):
    """A volunteer, enrolled."""
    return town.volunteer("Sam Lee", SAM)


@pytest.fixture
def bare_database(tmp_path, database):
    """The address of a database in which there is nothing at all."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path}/town.db"
        return
    with database_on_server() as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all tests of a module."""
    from board_chromium import chromium  # few modules need a browser, and it takes long to import

    with chromium() as found:
        yield found


@pytest.fixture
def served(tmp_path):
    """The board's town, with its pages on a port."""
    from board_chromium import Served
    from board_town import build_town

    served = Served(build_town(tmp_path))
    yield served
    served.stop()
