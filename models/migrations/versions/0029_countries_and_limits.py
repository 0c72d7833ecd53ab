"""Which countries the line rings, how much may leave in a day, and what strangers have used of it."""

import sqlalchemy as sa
from alembic import op

from models.phones import region_of

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_COLUMNS = ("limit_due_at", "stopped_until", "limit_lifted_on", "day_limit_units", "day_limit_money", "countries")
# Where telephone numbers of people stand, and how each leads to its community.
_BOOKS = (
    "SELECT community_id, phone FROM residents", "SELECT community_id, other_phone FROM residents",
    "SELECT community_id, phone FROM volunteers", "SELECT community_id, other_phone FROM volunteers",
    "SELECT community_id, phone FROM staff", "SELECT community_id, phone FROM kitchens",
    "SELECT residents.community_id, contacts.phone FROM contacts JOIN residents ON residents.id = contacts.resident_id",
)  # fmt: skip


def upgrade() -> None:
    """Forward; whoever is on file is rung as before, wherever the number is of."""
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("countries", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("day_limit_money", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("day_limit_units", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("limit_lifted_on", sa.Date(), nullable=True))
        for name in ("stopped_until", "limit_due_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "tallies",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_tallies_community_id_communities"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
        sa.UniqueConstraint("community_id", "what", name=op.f("uq_tallies_community_id_what")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_tallies_last_at"), "tallies", ["last_at"])
    _call_who_is_on_file()


def downgrade() -> None:
    """Back; every country is called, and nothing stops at a limit."""
    op.drop_table("tallies")
    with op.batch_alter_table("communities", recreate="never") as batch_op:
        for name in _COLUMNS:
            batch_op.drop_column(name)


def _call_who_is_on_file() -> None:
    connection = op.get_bind()
    found: dict[int, set[str]] = {}
    for book in _BOOKS:
        for community_id, number in connection.exec_driver_sql(book):
            if number and number.startswith("+") and number[1:].isdigit():
                found.setdefault(community_id, set()).add(region_of(number))
    communities = sa.table("communities", sa.column("id", sa.Integer), sa.column("countries", sa.JSON))
    for community_id, regions in found.items():
        this = communities.update().where(communities.c.id == community_id)
        connection.execute(this.values(countries=sorted(regions - {"001", "ZZ"})))
