"""Meals from the kitchen to the door: kitchens and their counts, closing days, prices and who pays, ways and vehicles."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _added() -> dict[str, list["sa.Column[Any]"]]:
    """What is new in tables that were there. Made anew each time: a column belongs to one table."""
    return {
        "meals": [
            sa.Column("changes_until", sa.Time(), nullable=True),
            sa.Column("days", sa.JSON(), nullable=False, server_default="[]"),
        ],
        "menus": [
            sa.Column("count_due_at", _INSTANT, nullable=True),
        ],
        "dishes": [
            sa.Column("portions_max", sa.Integer(), nullable=True),
            sa.Column("full_at", _INSTANT, nullable=True),
            sa.Column("kitchen_id", sa.Integer(), nullable=True),
        ],
        "help_requests": [
            sa.Column("price_cents", sa.Integer(), nullable=True),
            sa.Column("subsidy_cents", sa.Integer(), nullable=True),
            sa.Column("spare_for_id", sa.Integer(), nullable=True),
        ],
        "residents": [
            sa.Column("born_on", sa.Date(), nullable=True),
            sa.Column("hardship", sa.String(length=40), nullable=False, server_default=""),
            sa.Column("follows_id", sa.Integer(), nullable=True),
        ],
        "volunteers": [
            sa.Column("vehicle", sa.String(length=16), nullable=False, server_default="foot"),
        ],
        "jobs": [
            sa.Column("vehicle", sa.String(length=16), nullable=False, server_default="foot"),
            sa.Column("kitchen_id", sa.Integer(), nullable=True),
        ],
        "messages": [
            sa.Column("kitchen_id", sa.Integer(), nullable=True),
        ],
        "calls": [
            sa.Column("kitchen_id", sa.Integer(), nullable=True),
        ],
    }


def upgrade() -> None:
    """Forward: whoever cooked until now is one kitchen, on paper, with the community's name."""
    _table(
        "kitchens",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("portions_max", sa.Integer(), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        of={"community": "communities"}, once=("community_id", "name"), indexed=("phone",),
    )  # fmt: skip
    _table(
        "kitchen_counts",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("heard_at", _INSTANT, nullable=True),
        of={"menu": "menus", "kitchen": "kitchens"}, once=("menu_id", "kitchen_id", "version"),
        indexed=("kitchen_id",),
    )  # fmt: skip
    _table(
        "closing_days",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=80), nullable=False),
        of={"community": "communities"}, once=("community_id", "date"),
    )  # fmt: skip
    _table(
        "subsidies",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("from_age", sa.Integer(), nullable=True),
        sa.Column("hardship", sa.String(length=40), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=True),
        of={"community": "communities"}, indexed=("community_id",),
    )  # fmt: skip
    _table(
        "corrections",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        of={"community": "communities", "resident": "residents", "request": "help_requests"},
        indexed=("community_id", "resident_id"),
    )  # fmt: skip
    _table(
        "statements",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("meals", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("subsidy_cents", sa.Integer(), nullable=False),
        sa.Column("corrected_cents", sa.Integer(), nullable=False),
        sa.Column("carried_cents", sa.Integer(), nullable=False),
        sa.Column("carried", sa.JSON(), nullable=False),
        sa.Column("owed_cents", sa.Integer(), nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("issued_by", sa.String(length=40), nullable=False),
        of={"community": "communities", "resident": "residents"}, once=("resident_id", "month"),
        indexed=("community_id",),
    )  # fmt: skip
    for table, columns in _added().items():
        # Never built anew: on SQLite a table would forget that an id is never used twice.
        with op.batch_alter_table(table, recreate="never") as batch_op:
            for column in columns:
                batch_op.add_column(column)
    op.create_index(op.f("ix_menus_count_due_at"), "menus", ["count_due_at"])
    op.execute(
        "INSERT INTO kitchens (community_id, name, language, address) SELECT id, name, language, '' FROM communities"
    )


def downgrade() -> None:
    """Back; what was counted and owed is forgotten."""
    op.drop_index(op.f("ix_menus_count_due_at"), "menus")
    for table, columns in reversed(_added().items()):
        with op.batch_alter_table(table, recreate="never") as batch_op:
            for column in reversed(columns):
                batch_op.drop_column(column.name)
    for table in ("statements", "corrections", "subsidies", "closing_days", "kitchen_counts", "kitchens"):
        op.drop_table(table)


def _table(
    name: str, *columns: "sa.Column[Any]", of: dict[str, str], once: tuple[str, ...] = (), indexed: tuple[str, ...] = ()
) -> None:
    """A table whose rows belong to others' rows; `once` must be different in each row."""
    present = {column.name for column in columns}
    owners = [sa.Column(f"{one}_id", sa.Integer(), nullable=False) for one in of if f"{one}_id" not in present]
    keys = [
        sa.ForeignKeyConstraint(
            [f"{one}_id"], [f"{whose}.id"], name=op.f(f"fk_{name}_{one}_id_{whose}"), ondelete="RESTRICT"
        )
        for one, whose in of.items()
    ]
    unique = [sa.UniqueConstraint(*once, name=op.f(f"uq_{name}_{'_'.join(once)}"))] if once else []
    op.create_table(
        name, sa.Column("id", sa.Integer(), nullable=False), *owners, *columns, *keys,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")), *unique, sqlite_autoincrement=True,
    )  # fmt: skip
    for column in indexed:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
