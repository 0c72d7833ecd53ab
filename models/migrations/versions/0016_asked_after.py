"""What residents are asked afterwards, and services for which several people go together."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: one person goes, as ever; one in twenty is asked whether it was good."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_yes", sa.Boolean(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [f"{table}.id"], name=op.f(f"fk_questions_{one}_id_{table}"), ondelete="RESTRICT"
            )
            for one, table in (("community", "communities"), ("request", "help_requests"), ("resident", "residents"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("request_id", "kind", name=op.f("uq_questions_request_id_kind")),
        sqlite_autoincrement=True,
    )
    for column in ("community_id", "resident_id"):
        op.create_index(op.f(f"ix_questions_{column}"), "questions", [column])
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("asked_whether_good_every", sa.Integer(), nullable=False, server_default="20"))
    with op.batch_alter_table("services", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("helpers", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("help_requests", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("twin_of_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_help_requests_twin_of_id"), "help_requests", ["twin_of_id"], unique=False)


def downgrade() -> None:
    """Back; what was asked of several people together is several requests."""
    op.drop_index(op.f("ix_help_requests_twin_of_id"), "help_requests")
    with op.batch_alter_table("help_requests", recreate="never") as batch_op:
        batch_op.drop_column("twin_of_id")
    with op.batch_alter_table("services", recreate="never") as batch_op:
        batch_op.drop_column("helpers")
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.drop_column("asked_whether_good_every")
    op.drop_table("questions")
