"""Staff are invited, may have to have a second factor, and who came in is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_WHAT = (
    "in", "out", "wrong_password", "wrong_code", "unknown_name", "too_fast", "refused", "invited", "invitation_used",
    "no_invitation", "new_password", "codes_on", "codes_off", "others_out", "not_ours",
)  # fmt: skip


def upgrade() -> None:
    """Forward; nobody has to have a second factor, and nobody is invited."""
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column(
                "second_factor_for",
                sa.Enum("nobody", "coordinators", "everybody", native_enum=False, length=16),
                nullable=False,
                server_default="nobody",
            )
        )
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        for name, length in (("invite_hash", 64), ("invite_salt", 64), ("login_email", 254), ("login_subject", 255)):
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=True))
        batch_op.add_column(sa.Column("invited_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(op.f("ix_staff_invite_hash"), ["invite_hash"], unique=True)
        batch_op.create_index(op.f("ix_staff_login_email"), ["login_email"], unique=True)
    with op.batch_alter_table("staff_sessions", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("had_second", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "login_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Enum(*_WHAT, native_enum=False, length=16), nullable=False),
        sa.Column("how", sa.String(length=60), nullable=False),
        sa.Column("network", sa.String(length=49), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_login_notes_community_id_communities"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_login_notes_staff_id_staff"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_notes")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    for column in ("community_id", "staff_id", "last_at"):
        op.create_index(op.f(f"ix_login_notes_{column}"), "login_notes", [column])


def downgrade() -> None:
    """Back; nobody is invited any more, and nobody has to have a second factor."""
    op.drop_table("login_notes")
    with op.batch_alter_table("staff_sessions", recreate="never") as batch_op:
        batch_op.drop_column("had_second")
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        batch_op.drop_index(op.f("ix_staff_login_email"))
        batch_op.drop_index(op.f("ix_staff_invite_hash"))
        for name in ("invited_until", "login_subject", "login_email", "invite_salt", "invite_hash"):
            batch_op.drop_column(name)
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.drop_column("second_factor_for")
