"""Who was entered twice is merged, and who is not the same is remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete="RESTRICT"
    )  # fmt: skip


def upgrade() -> None:
    """Forward: two tables."""
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("who", sa.String(40), nullable=False),
        sa.CheckConstraint("(resident_id IS NULL) <> (volunteer_id IS NULL)", name=op.f("ck_merges_of_one_person")),
        _belongs("merges", "community_id", "communities"),
        _belongs("merges", "resident_id", "residents"),
        _belongs("merges", "volunteer_id", "volunteers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "not_the_same",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("other_resident_id", sa.Integer(), nullable=True),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("other_volunteer_id", sa.Integer(), nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("who", sa.String(40), nullable=False),
        sa.CheckConstraint("(resident_id IS NULL) <> (volunteer_id IS NULL)", name=op.f("ck_not_the_same_of_one_kind")),
        _belongs("not_the_same", "community_id", "communities"),
        *(
            _belongs("not_the_same", f"{other}{one}_id", f"{one}s")
            for one in ("resident", "volunteer")
            for other in ("", "other_")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_not_the_same")),
        sqlite_autoincrement=True,
    )
    for table, columns in _INDEXED:
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


_INDEXED = (
    ("merges", ("community_id", "resident_id", "volunteer_id", "gone_id")),
    ("not_the_same", ("community_id", "resident_id", "other_resident_id", "volunteer_id", "other_volunteer_id")),
)


def downgrade() -> None:
    """Back: who was merged stays merged, and nothing remembers it."""
    op.drop_table("not_the_same")
    op.drop_table("merges")
