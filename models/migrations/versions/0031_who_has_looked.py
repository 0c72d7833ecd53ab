"""Who of the staff looked at whom is known; what is most personal can be locked; somebody can want nothing any more."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_SAW = (
    "page", "request", "job", "thread", "recording", "statement", "people", "calls", "texts", "sheet", "count",
    "labels", "rounds", "charges", "statements",
)  # fmt: skip

# What is locked is longer than what was typed; SQLite counts no letters.
_LONGER = (
    ("residents", "address", 200, False), ("residents", "door_note", 300, False), ("residents", "diet", 200, False),
    ("residents", "hardship", 40, False), ("staff", "code_secret", 64, True), ("help_requests", "note", 500, False),
    ("help_requests", "receipt", 80, False), ("jobs", "yes_words", 200, False), ("events", "why", 500, False),
    ("corrections", "why", 200, False),
)  # fmt: skip


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("installation", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("keys_used", sa.JSON(), nullable=False, server_default="[]"))
    for table in ("residents", "volunteers"):
        with op.batch_alter_table(table, recreate="never") as batch_op:
            batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_context().dialect.name != "sqlite":
        for table, column, length, nullable in _LONGER:
            was = sa.String(length)
            op.alter_column(table, column, existing_type=was, type_=sa.Text(), existing_nullable=nullable)
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
    """Back; who looked is not known any more. What is locked must have been opened before (`linli encrypt`)."""
    if op.get_context().dialect.name != "sqlite":
        for table, column, length, nullable in _LONGER:
            op.alter_column(table, column, existing_type=sa.Text(), type_=sa.String(length), existing_nullable=nullable)
    with op.batch_alter_table("installation", recreate="never") as batch_op:
        batch_op.drop_column("keys_used")
    for table in ("residents", "volunteers"):
        with op.batch_alter_table(table, recreate="never") as batch_op:
            batch_op.drop_column("withdrawn_at")
    op.drop_table("looks")
