"""Letting go of words is an entry of the history itself: what was let go of before this is named by one, too."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_AT_ONCE = 40
_EVENTS = sa.table(
    "events", sa.column("community_id", sa.Integer), sa.column("at", sa.DateTime(timezone=True)), sa.column("who", sa.String),
    sa.column("verb", sa.String), sa.column("from_state", sa.String), sa.column("to_state", sa.String), sa.column("why", sa.String),
    sa.column("sealed_as", sa.Integer), sa.column("seal", sa.String), sa.column("salt", sa.String), sa.column("mark", sa.String),
)  # fmt: skip


def upgrade() -> None:
    """Forward; the running server seals these entries."""
    let_go = sa.select(_EVENTS.c.community_id, _EVENTS.c.sealed_as).where(
        _EVENTS.c.sealed_as.is_not(None), _EVENTS.c.salt == ""
    )
    places: dict[int, list[int]] = {}
    for community_id, place in op.get_bind().execute(let_go.order_by(_EVENTS.c.sealed_as)):
        places.setdefault(community_id, []).append(place)
    now = datetime.now(UTC)
    op.bulk_insert(
        _EVENTS,
        [
            {
                "community_id": community_id, "at": now, "who": "clock", "verb": "let_go", "from_state": "", "to_state": "",
                "why": " ".join(f"{place}:" for place in theirs[first : first + _AT_ONCE]), "seal": "", "salt": "", "mark": "",
            }
            for community_id, theirs in places.items()
            for first in range(0, len(theirs), _AT_ONCE)
        ],
    )  # fmt: skip


def downgrade() -> None:
    """Back; what names them stays an entry as any other."""
