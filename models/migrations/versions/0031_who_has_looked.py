"""Who of the staff looked at whom is known."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0027"
branch_labels = None
depends_on = None

_SAW = (
    "page", "request", "job", "thread", "recording", "statement", "people", "calls", "texts", "sheet", "count",
    "labels", "rounds", "charges", "statements",
)  # fmt: skip


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("what", sa.Enum(*_SAW, native_enum=False, length=16), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [f"{many}.id"], name=op.f(f"fk_looks_{one}_id_{many}"), ondelete="RESTRICT"
            )
            for one, many in (("community", "communities"), ("resident", "residents"), ("volunteer", "volunteers"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
        sqlite_autoincrement=True,
    )
    for column in ("at", "community_id", "resident_id", "volunteer_id"):
        op.create_index(op.f(f"ix_looks_{column}"), "looks", [column])


def downgrade() -> None:
    """Back; who looked is not known any more."""
    op.drop_table("looks")
