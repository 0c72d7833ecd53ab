"""Absences in one place: a volunteer's are rows too, from and to; and what became of a meal that found nobody in."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ONE_PERSON = "(resident_id IS NULL) <> (volunteer_id IS NULL)"
# Until when a volunteer was off who had named no day.
_FOR_GOOD = sa.literal(date(9999, 12, 31), sa.Date())
_VOLUNTEERS = sa.table("volunteers", sa.column("id"), sa.column("away_until", sa.Date()))
_ABSENCES = sa.table(
    "absences", sa.column("resident_id"), sa.column("volunteer_id"), sa.column("kind"),
    sa.column("from_date", sa.Date()), sa.column("until_date", sa.Date()),
)  # fmt: skip


def upgrade() -> None:
    """Forward: whoever is off is off from today."""
    last = _last_id()
    # Rebuilt on SQLite, which must be told again that it counts on by itself.
    with op.batch_alter_table("absences", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("volunteer_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("resident_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_absences_volunteer_id_volunteers"), "volunteers", ["volunteer_id"], ["id"],
            ondelete="RESTRICT",
        )  # fmt: skip
        batch_op.create_check_constraint(batch_op.f("ck_absences_of_one_person"), _ONE_PERSON)
        batch_op.create_index(batch_op.f("ix_absences_volunteer_id"), ["volunteer_id"], unique=False)
    _count_on_from(last)
    until = sa.case((_VOLUNTEERS.c.away_until < _FOR_GOOD, _VOLUNTEERS.c.away_until))
    off = sa.select(_VOLUNTEERS.c.id, sa.literal("away"), sa.func.current_date(), until).where(
        _VOLUNTEERS.c.away_until >= sa.func.current_date()
    )
    op.execute(sa.insert(_ABSENCES).from_select(["volunteer_id", "kind", "from_date", "until_date"], off))
    with op.batch_alter_table("volunteers", recreate="never") as batch_op:
        batch_op.drop_column("away_until")
    with op.batch_alter_table("help_requests", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("meal_fate", sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Back; of a volunteer's absences only the last day of the last one is kept."""
    with op.batch_alter_table("help_requests", recreate="never") as batch_op:
        batch_op.drop_column("meal_fate")
    with op.batch_alter_table("volunteers", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("away_until", sa.Date(), nullable=True))
    theirs = _ABSENCES.c.volunteer_id == _VOLUNTEERS.c.id
    last_day = sa.select(sa.func.max(sa.func.coalesce(_ABSENCES.c.until_date, _FOR_GOOD))).where(theirs)
    op.execute(sa.update(_VOLUNTEERS).values(away_until=last_day.scalar_subquery()))
    op.execute("DELETE FROM absences WHERE resident_id IS NULL")
    with op.batch_alter_table("absences", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absences_volunteer_id"))
        batch_op.drop_constraint(batch_op.f("ck_absences_of_one_person"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_absences_volunteer_id_volunteers"), type_="foreignkey")
        batch_op.alter_column("resident_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("volunteer_id")
        batch_op.drop_column("entered_at")


def _last_id() -> Any:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return None
    return connection.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'absences'"))


def _count_on_from(last: int | None) -> None:
    """The rebuilt table knows only the highest id of the rows that are still there."""
    if last is not None:
        connection = op.get_bind()
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'absences'"))
        connection.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('absences', :last)"), {"last": last}
        )
