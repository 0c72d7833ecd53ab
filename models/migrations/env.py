"""How Alembic runs our migrations: on the connection that models/schema.py hands over, all in one transaction."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from models.schema import METADATA, as_written


def _run(connection: Connection, applied: list[str]) -> None:
    def note(step: Any, **_: Any) -> None:
        applied.append(str(step.up_revision_id))

    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,  # a kill between two of several would leave a version that nobody has run
        transactional_ddl=True,  # SQLite can, when BEGIN is said; a migration that breaks leaves nothing half done
        render_item=as_written,
        on_version_apply=note,  # type: ignore[arg-type]  # it is called by keywords
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"], context.config.attributes["applied"])
