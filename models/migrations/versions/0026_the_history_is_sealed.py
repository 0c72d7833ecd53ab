"""Each entry of the history is sealed onto the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; what is there already is sealed by the running server."""
    with op.batch_alter_table("events", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("sealed_as", sa.Integer(), nullable=True))
        for name, length in (("seal", 64), ("salt", 16), ("mark", 64)):
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.create_index("ix_events_sealed_as", "events", ["sealed_as"], unique=True)
    op.create_index(
        "ix_events_unsealed", "events", ["id"], sqlite_where=sa.text("sealed_as IS NULL"),
        postgresql_where=sa.text("sealed_as IS NULL"),
    )  # fmt: skip
    with op.batch_alter_table("installation", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("sealed_entries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("last_seal", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    """Back; nothing is sealed any more."""
    with op.batch_alter_table("installation", recreate="never") as batch_op:
        batch_op.drop_column("last_seal")
        batch_op.drop_column("sealed_entries")
    op.drop_index("ix_events_unsealed", "events")
    op.drop_index("ix_events_sealed_as", "events")
    with op.batch_alter_table("events", recreate="never") as batch_op:
        for name in ("mark", "salt", "seal", "sealed_as"):
            batch_op.drop_column(name)
