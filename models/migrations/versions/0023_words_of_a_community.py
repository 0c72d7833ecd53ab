"""A community adds words by which people may text an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "reply_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("means", sa.String(length=24), nullable=False),
        sa.Column("phrase", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_reply_words_community_id_communities"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_words")),
        sa.UniqueConstraint(
            "community_id", "language", "means", "phrase", name=op.f("uq_reply_words_community_id_language_means_phrase")
        ),
        sqlite_autoincrement=True,
    )  # fmt: skip
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("words_version", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back; the words are forgotten."""
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.drop_column("words_version")
    op.drop_table("reply_words")
