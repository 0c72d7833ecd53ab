"""The file of the database without what has been deleted: no byte of it is left, in the file or beside it."""

import sqlalchemy as sa


def scrub(engine: sa.Engine) -> None:
    """Write SQLite's file anew without its free pages and empty the log beside it; PostgreSQL cleans its own.

    Raises OperationalError when somebody else writes for longer than a few seconds: nothing is lost, do it again.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM"))
        return
    raw = engine.raw_connection()
    try:
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()
