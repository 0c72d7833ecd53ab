"""When staff are told of the morning, what texts and calls cost, how old the day sheet is; indexes for spans of days."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SPANS = {
    "messages": ("community_id", "made_at"),
    "help_requests": ("community_id", "wanted_from"),
    "alerts": ("community_id", "closed_at"),
    "callbacks": ("community_id", "closed_at"),
}


_CEILING = "UPDATE calls SET minutes = CAST({} AS INTEGER) WHERE started_at IS NOT NULL AND ended_at > started_at"
# How long the calls were that are there: a minute that has begun is one.
_LASTED = {
    "sqlite": _CEILING.format("(julianday(ended_at) - julianday(started_at)) * 1440 + 0.9999"),
    "postgresql": _CEILING.format("ceil(extract(epoch FROM ended_at - started_at) / 60)"),
}


def upgrade() -> None:
    """Forward: mornings begin at a quarter past eight, and nobody is told of them who has not asked for it."""
    instant = sa.DateTime(timezone=True)
    new: dict[str, tuple[sa.Column[Any], ...]] = {
        "communities": (
            sa.Column("morning_at", sa.Time(), nullable=False, server_default="08:15:00.000000"),
            sa.Column("segment_price", sa.Double(), nullable=True),
            sa.Column("minute_price", sa.Double(), nullable=True),
            sa.Column("prices_due_at", instant, nullable=True),
            sa.Column("sheet_at", instant, nullable=True),
        ),
        "staff": (sa.Column("morning_due_at", instant, nullable=True),),
        "messages": (sa.Column("segments", sa.Integer(), nullable=False, server_default="0"), *_priced()),
        "calls": (sa.Column("minutes", sa.Integer(), nullable=False, server_default="0"), *_priced()),
    }
    for table, columns in new.items():
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            for column in columns:
                batch_op.add_column(column)
    op.execute(_LASTED[op.get_bind().dialect.name])
    for table, columns_of_it in _SPANS.items():
        op.create_index(f"ix_{table}_{'_'.join(columns_of_it)}", table, list(columns_of_it))
    op.create_index("ix_absences_until_date", "absences", ["until_date"])
    op.create_index("ix_staff_morning_due_at", "staff", ["morning_due_at"])


def _priced() -> tuple["sa.Column[Any]", ...]:
    return (
        sa.Column("price", sa.Double(), nullable=True),
        sa.Column("price_unit", sa.String(length=8), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Back; what things cost is forgotten."""
    op.drop_index("ix_staff_morning_due_at", "staff")
    op.drop_index("ix_absences_until_date", "absences")
    for table, columns in _SPANS.items():
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    names = {
        "communities": ("morning_at", "segment_price", "minute_price", "prices_due_at", "sheet_at"),
        "staff": ("morning_due_at",),
        "messages": ("segments", "price", "price_unit"),
        "calls": ("minutes", "price", "price_unit"),
    }
    for table, gone in names.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in gone:
                batch_op.drop_column(name)
