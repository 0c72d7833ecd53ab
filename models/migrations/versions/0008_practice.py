"""A number on which everything can be practised and nothing is ordered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("communities", sa.Column("practice_number", sa.String(length=16), nullable=True))
    op.create_index(op.f("ix_communities_practice_number"), "communities", ["practice_number"], unique=True)


def downgrade() -> None:
    """Back; the number is nobody's then."""
    op.drop_index(op.f("ix_communities_practice_number"), table_name="communities")
    with op.batch_alter_table("communities", schema=None) as batch_op:
        batch_op.drop_column("practice_number")
