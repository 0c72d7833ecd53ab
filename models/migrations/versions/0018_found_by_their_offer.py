"""Texts and calls are found by the offer that they put to somebody, however many there are."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: an index each."""
    for table in ("messages", "calls"):
        op.create_index(op.f(f"ix_{table}_offer_id"), table, ["offer_id"], unique=False)


def downgrade() -> None:
    """Back."""
    for table in ("messages", "calls"):
        op.drop_index(op.f(f"ix_{table}_offer_id"), table)
