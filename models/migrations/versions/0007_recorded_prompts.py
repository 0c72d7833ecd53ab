"""Staff can say the sentences of the line themselves: recorded prompts, and the PIN with which they are recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "recorded_prompts",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_recorded_prompts_{column}_{table}"), ondelete="RESTRICT"
            )
            for column, table in (
                ("community_id", "communities"),
                ("recording_id", "recordings"),
                ("staff_id", "staff"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_prompts")),
        sa.UniqueConstraint(
            "community_id", "language", "key", name=op.f("uq_recorded_prompts_community_id_language_key")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pin_hash", sa.String(length=200), nullable=True))


def downgrade() -> None:
    """Back; what was recorded is heard by the machine voice again."""
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("pin_hash")
    op.drop_table("recorded_prompts")
