"""The ladder of each service, what the holder of a job is reminded of and says, what is told once; false alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NAMES = {
    "services": ("ladder", "small_waves"),
    "jobs": ("reminded_at", "lates", "late_minutes"),
    "help_requests": ("told_over_at",),
    "alerts": ("was_false",),
}


def upgrade() -> None:
    """Forward."""
    instant = sa.DateTime(timezone=True)
    new = {
        "services": (
            sa.Column("ladder", sa.JSON(), nullable=False, server_default='["staff"]'),
            sa.Column("small_waves", sa.Integer(), nullable=False, server_default="3"),
        ),
        "jobs": (
            sa.Column("reminded_at", instant, nullable=True),
            sa.Column("lates", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("late_minutes", sa.Integer(), nullable=False, server_default="0"),
        ),
        "help_requests": (sa.Column("told_over_at", instant, nullable=True),),
        "alerts": (sa.Column("was_false", sa.Boolean(), nullable=False, server_default=sa.false()),),
    }
    for table, columns in new.items():
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            for column in columns:
                batch_op.add_column(column)


def downgrade() -> None:
    """Back; staff are alarmed after the last wave again, and nobody is reminded."""
    for table, names in _NAMES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
