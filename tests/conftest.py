"""A town for each test, on a database of its own, copied from one that was migrated once.

Modules marked `both_databases` hold promises: their tests run on SQLite and on PostgreSQL, whose server
scripts/with-postgres starts (or TEST_POSTGRES_URL names: postgresql+psycopg://user@host:port/postgres). With
`scripts/test --everything-twice` every test that stands on a town does: it takes a quarter of an hour longer.
"""

import pytest
import quick
import sqlalchemy as sa
from postgres import SERVER, database_on_server
from town import Town

from models.schema import migrate

DATABASES = ("sqlite", "postgresql")


quick.be_quick()


def pytest_collection_finish():
    """Everything is imported."""
    quick.forget_what_was_imported()


def pytest_addoption(parser):
    """One option of ours."""
    parser.addoption("--everything-twice", action="store_true", help="every town also on PostgreSQL")


def pytest_generate_tests(metafunc):
    """Tests of marked modules that stand on a database do so twice."""
    is_twice = metafunc.definition.get_closest_marker("both_databases") or metafunc.config.getoption("everything_twice")
    if "database" in metafunc.fixturenames and is_twice:
        metafunc.parametrize("database", DATABASES, indirect=True)


@pytest.fixture
def database(request):
    """The kind of database this test stands on."""
    kind = getattr(request, "param", "sqlite")
    if kind == "postgresql" and not SERVER:
        pytest.skip("there is no PostgreSQL: scripts/with-postgres starts one")
    return kind


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
def found_town(tmp_path, database, request):
    """Founds towns. At the end of every story, all that was promised in it must be sayable, by text and by call."""
    towns = []
    if database == "sqlite":
        template = request.getfixturevalue("empty_file")
        yield lambda **options: towns.append(Town(tmp_path, template=template, **options)) or towns[-1]
        _all_can_be_said(towns)
        return
    template = request.getfixturevalue("empty_on_server")
    with database_on_server(template) as url:

        def found(**options):
            towns.append(Town(tmp_path, template=template, url=url, **options))
            return towns[-1]

        yield found
        _all_can_be_said(towns)
        for town in towns:
            town.database.engine.dispose()


def _all_can_be_said(towns):
    for town in towns:
        assert town.unsayable() == []


@pytest.fixture
def town(found_town):
    """A town on a Monday at nine in the morning, with nobody in it."""
    return found_town()


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
