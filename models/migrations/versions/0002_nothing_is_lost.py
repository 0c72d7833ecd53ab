"""Nothing is lost: leases, backups, how far the carrier was read, and a second number to fail over to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "backups",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
        sa.UniqueConstraint("name", name=op.f("uq_backups_name")),
    )
    with op.batch_alter_table("backups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backups_made_at"), ["made_at"], unique=False)

    op.create_table(
        "installation",
        sa.Column("carrier_read_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sa.UniqueConstraint("name", name=op.f("uq_leases_name")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        # What is there already left by the first; from then on the program says it.
        batch_op.add_column(sa.Column("is_by_second", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index("ix_calls_community_id_made_at", ["community_id", "made_at"], unique=False)

    with op.batch_alter_table("communities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_number", sa.String(length=16), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_communities_second_number"), ["second_number"])

    with op.batch_alter_table("messages", schema=None) as batch_op:
        # What is there already left by the first; from then on the program says it.
        batch_op.add_column(sa.Column("is_by_second", sa.Boolean(), nullable=False, server_default=sa.false()))

    for table in ("calls", "messages"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("is_by_second", server_default=None)


def downgrade() -> None:
    """Back; what the new columns held is lost."""
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("is_by_second")

    with op.batch_alter_table("communities", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_communities_second_number"), type_="unique")
        batch_op.drop_column("second_number")

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index("ix_calls_community_id_made_at")
        batch_op.drop_column("is_by_second")

    op.drop_table("leases")
    op.drop_table("installation")
    with op.batch_alter_table("backups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_backups_made_at"))

    op.drop_table("backups")
