"""Residents and volunteers may have a second telephone, from which they are known too."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = ("residents", "volunteers")


def upgrade() -> None:
    """Forward."""
    for table in _TABLES:
        with op.batch_alter_table(table, recreate="never") as batch_op:
            batch_op.add_column(sa.Column("other_phone", sa.String(length=16), nullable=True))
        op.create_index(op.f(f"ix_{table}_other_phone"), table, ["other_phone"], unique=False)


def downgrade() -> None:
    """Back; whoever rings from there is a stranger again."""
    for table in _TABLES:
        op.drop_index(op.f(f"ix_{table}_other_phone"), table_name=table)
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("other_phone")
