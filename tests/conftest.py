"""A town for each test, on a database of its own, copied from one that was migrated once.

With TEST_POSTGRES_URL (postgresql+psycopg://user@host:port/postgres) the towns stand on PostgreSQL instead of SQLite.
"""

import os
import secrets

import pytest
import sqlalchemy as sa
from town import Town

from models.schema import migrate

SERVER = os.environ.get("TEST_POSTGRES_URL", "")


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """An empty database that is up to date: a file, or the name of a database on the server."""
    if SERVER:
        name = f"linli_{secrets.token_hex(4)}"
        _on_server(f"CREATE DATABASE {name}")
        migrate(_url(name))
        yield name
        _on_server(f"DROP DATABASE {name} WITH (FORCE)")
        return
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate(f"sqlite:///{path}")
    yield path


@pytest.fixture
def found_town(tmp_path, template):
    """Founds towns."""
    if not SERVER:
        yield lambda **options: Town(tmp_path, template=template, **options)
        return
    name = f"linli_{secrets.token_hex(6)}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    towns = []

    def found(**options):
        towns.append(Town(tmp_path, template=template, url=_url(name), **options))
        return towns[-1]

    yield found
    for town in towns:
        town.database.engine.dispose()
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def town(found_town):
    """A town on a Monday at nine in the morning, with nobody in it."""
    return found_town()


def _url(name):
    return sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)


def _on_server(statement):
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
