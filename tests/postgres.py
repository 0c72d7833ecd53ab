"""PostgreSQL for tests: databases of their own on the server that scripts/with-postgres starts."""

import os
import secrets
from contextlib import contextmanager

import sqlalchemy as sa

# Such as postgresql+psycopg://user@host:port/postgres; "" where there is none.
SERVER = os.environ.get("TEST_POSTGRES_URL", "")


@contextmanager
def database_on_server(template="template1"):
    """The address of a database, there as long as it is needed; a copy of the one that is named."""
    name = f"linli_{secrets.token_hex(6)}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(statement):
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
