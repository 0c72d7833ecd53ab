"""What we asked the carrier for and what it accepted, each joined to the row that wanted it: doubles and ghosts show."""

# ruff: noqa: S608 - the names of our own tables

from dataclasses import dataclass, field


@dataclass
class Asked:
    """One request to send a text or to place a call."""

    kind: str  # messages, calls
    to: str
    body: str
    row: tuple | None  # of the database, as it was claimed
    books: int
    at: object = None
    accepted: list = field(default_factory=list)


_COLUMNS = "id, phone, cause, state, may_wake, job_id, offer_id, request_id, resident_id, volunteer_id, staff_id, attempts, says, made_at"
NAMES = tuple(_COLUMNS.split(", "))


class LedgerView:
    """Seen from outside: the carrier's books beside our rows."""

    def __init__(self, world):
        self.world = world
        self.sids = {}  # (kind, row id) → the SIDs that the carrier gave
        self.count = 0

    def asked(self, path, data, process):
        """Our process asks the carrier for something; the row is found as it was claimed."""
        world = self.world
        kind = "messages" if path.endswith("/Messages.json") else "calls"
        to, body = str(data.get("To", "")), str(data.get("Body", ""))
        if kind == "messages":
            found = world.raw.execute(
                f"SELECT {_COLUMNS} FROM messages WHERE direction='outbound' AND state='sending' AND phone=? AND body=?",
                (to, body),
            ).fetchall()
        else:
            row_id = str(data.get("Url", "")).rsplit("/", 1)[-1]
            found = world.raw.execute(f"SELECT {_COLUMNS} FROM calls WHERE id=?", (row_id,)).fetchall()
        row = dict(zip(NAMES, found[0], strict=True)) if found else None
        asked = Asked(kind, to, body, row, self._newest(kind), at=world.now)
        world.checker.on_ask(asked)
        return asked

    def answered(self, asked):
        """The carrier has answered, whether or not the answer arrives."""
        newest = self._newest(asked.kind)
        cause = asked.row["cause"] if asked.row else "?"
        if newest is asked.books or newest is None:
            self.world.tell(f"    the carrier refuses a {asked.kind[:-1]} ({cause}) to {asked.to}")
            return
        self.world.tell(
            f"    the carrier takes {asked.kind[:-1]} {asked.row and asked.row['id']} ({cause}) to {asked.to}"
        )
        self.count += 1
        self.world.counters.hit(f"{asked.kind} accepted by the carrier")
        if asked.row is None:
            return
        key = (asked.kind, asked.row["id"])
        before = self.sids.setdefault(key, [])
        if asked.row["attempts"] > 1:
            self.world.counters.hit("not in the list, sent again")
        book = getattr(self.world.plant.ledger, asked.kind)
        undone = ("undelivered", "failed", "canceled")
        standing = [sid for sid in before if (record := book.get(sid)) is not None and record.status not in undone]
        if standing:
            self.world.checker.add(
                "no double", f"{asked.kind[:-1]} {asked.row['id']} ({asked.row['cause']}) was sent twice to {asked.to}"
            )
        before.append(newest.sid)

    def looked(self, params):
        """Our process looks for something lost in the carrier's list."""
        self.world.counters.hit("looked in the list")
        self.world.tell(
            f"    we look in the carrier's list for what went to {params.get('To', '?') if params else '?'}"
        )

    def _newest(self, kind):
        records = getattr(self.world.plant.ledger, kind)._records
        return next(reversed(records.values())) if records else None
