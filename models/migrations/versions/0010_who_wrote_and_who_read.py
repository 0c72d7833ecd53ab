"""Who of the staff has read a text, and who has written one; texts found by their number; the pace they leave at."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INSTANTS = ("busy_until", "second_busy_until", "bulk_left_at")


def upgrade() -> None:
    """Forward. Of what was read and written before, nobody knows by whom."""
    # Never built anew: on SQLite the table would forget that an id is never used twice.
    with op.batch_alter_table("messages", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("seen_by", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("written_by", sa.String(length=40), nullable=False, server_default=""))
    op.create_index("ix_messages_community_id_phone", "messages", ["community_id", "phone"])
    with op.batch_alter_table("communities", schema=None, recreate="never") as batch_op:
        for name in _INSTANTS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Back; who it was is forgotten."""
    with op.batch_alter_table("communities", schema=None) as batch_op:
        for name in reversed(_INSTANTS):
            batch_op.drop_column(name)
    op.drop_index("ix_messages_community_id_phone", table_name="messages")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("written_by")
        batch_op.drop_column("seen_by")
