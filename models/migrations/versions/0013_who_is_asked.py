"""Who is asked: hours, reach, languages, caps and rest of volunteers, where people live, who is not sent to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_PLACED = ("zones", "residents", "volunteers")
_SERVICE = ("needs_vetting", "needs_language", "is_urgent")


def upgrade() -> None:
    """Forward. Nothing is asked of anybody that was not asked before."""
    # Never built anew: on SQLite a table would forget that an id is never used twice.
    for table in _PLACED:
        with op.batch_alter_table(table, recreate="never") as batch_op:
            batch_op.add_column(sa.Column("latitude", sa.Double(), nullable=True))
            batch_op.add_column(sa.Column("longitude", sa.Double(), nullable=True))
    with op.batch_alter_table("volunteers", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("hours", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("max_per_week", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("quiet_from", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("quiet_until", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("reach_metres", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("speaks", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("vetted_until", sa.Date(), nullable=True))
    with op.batch_alter_table("services", recreate="never") as batch_op:
        for name in _SERVICE:
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("asked_per_day_max", sa.Integer(), nullable=False, server_default="10"))
        batch_op.add_column(sa.Column("jobs_at_once_max", sa.Integer(), nullable=True))
    op.create_table(
        "never_together",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteers.id"],
            name=op.f("fk_never_together_volunteer_id_volunteers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_never_together_resident_id_residents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "resident_id", name=op.f("pk_never_together")),
    )


def downgrade() -> None:
    """Back; what was known besides is forgotten."""
    op.drop_table("never_together")
    with op.batch_alter_table("communities") as batch_op:
        batch_op.drop_column("jobs_at_once_max")
        batch_op.drop_column("asked_per_day_max")
    with op.batch_alter_table("services") as batch_op:
        for name in reversed(_SERVICE):
            batch_op.drop_column(name)
    with op.batch_alter_table("volunteers") as batch_op:
        for name in ("vetted_until", "speaks", "reach_metres", "quiet_until", "quiet_from", "max_per_week", "hours"):
            batch_op.drop_column(name)
    for table in reversed(_PLACED):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("longitude")
            batch_op.drop_column("latitude")
