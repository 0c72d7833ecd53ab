"""People can be forgotten, here and at the carrier."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    for table in ("residents", "volunteers"):
        with op.batch_alter_table(table, recreate="never") as batch_op:
            batch_op.add_column(sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "carrier_copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum("text", "call", "recording", native_enum=False, length=16), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_copies")),
        sa.UniqueConstraint("sid", name=op.f("uq_carrier_copies_sid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_carrier_copies_due_at"), "carrier_copies", ["due_at"])


def downgrade() -> None:
    """Back; whoever was forgotten stays so."""
    op.drop_table("carrier_copies")
    for table in ("residents", "volunteers"):
        with op.batch_alter_table(table, recreate="never") as batch_op:
            batch_op.drop_column("forgotten_at")
