"""Staff may have to show a code besides their password."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; nobody has to."""
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("code_secret", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("codes_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_code", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("spare_codes", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Back; a password is enough again."""
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        for name in ("spare_codes", "last_code", "codes_since", "code_secret"):
            batch_op.drop_column(name)
