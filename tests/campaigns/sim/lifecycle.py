"""The life cycle, told anew from the history: every change has one event, every event was allowed, and by the right person."""

# ruff: noqa: S608 - the names of our own tables

# Written here a second time, so that a slip in the program's own table does not excuse itself.
_UNTAKEN = {"waiting", "offered", "stuck"}
_SENT_OUT = _UNTAKEN | {"taken"}
_OPEN = _SENT_OUT | {"pooled"}
_CLOSED = {"done", "not_home", "refused", "cancelled", "unmet"}
MOVES = {
    "plan": ({"pooled"}, "waiting"), "offer": (_UNTAKEN, "offered"), "wait": ({"offered", "stuck"}, "waiting"),
    "strand": ({"waiting", "offered"}, "stuck"), "take": (_UNTAKEN, "taken"), "release": ({"taken"}, "waiting"),
    "finish": (_SENT_OUT, "done"), "miss": (_SENT_OUT, "not_home"), "refuse": (_SENT_OUT, "refused"),
    "cancel": (_OPEN, "cancelled"), "give_up": (_OPEN, "unmet"), "reopen": (_CLOSED, "waiting"),
}  # fmt: skip
_COUNTED = {"take": "taken", "too_late": "said yes too late", "decline": "declined", "release": "given back",
            "finish": "finished", "miss": "not at home", "worry": "worried", "strand": "stuck", "give_up": "given up",
            "reopen": "reopened"}  # fmt: skip
_BY_HOLDER = {"finish", "miss", "refuse", "release"}


class Lives:
    """Where everything stood at the last look."""

    def __init__(self, world):
        self.world = world
        self.states = {}
        self.holders = {}
        self.last_event = 0
        self.last_offer = 0
        self.delivered = set()

    def check(self):
        """What the history does not explain."""
        raw = self.world.raw
        takers = {}
        events = raw.execute(
            "SELECT id, verb, from_state, to_state, request_id, job_id, who, why FROM events WHERE id > ? ORDER BY id",
            (self.last_event,),
        ).fetchall()
        for id_, verb, before, after, request_id, job_id, who, why in events:
            self.last_event = id_
            self._count(verb, who, why, request_id)
            thing = ("request", request_id) if request_id else ("job", job_id)
            yield from self._is_allowed(thing, verb, before, after)
            yield from self._is_entitled(verb, who, request_id, job_id, takers)
        yield from self._agrees()
        yield from self._offers()
        yield from self._news()

    def _is_allowed(self, thing, verb, before, after):
        if verb == "place":
            self.states[thing] = after
            return
        if verb not in MOVES:
            return
        known = self.states.get(thing, "waiting" if thing[0] == "job" else None)
        sources, target = MOVES[verb]
        if before not in sources or after != target:
            yield "life cycle", f"{thing[0]} {thing[1]}: {verb} led from {before} to {after}"
        if known != before:
            yield "life cycle", f"{thing[0]} {thing[1]}: {verb} says it was {before}, its history says {known}"
        self.states[thing] = after

    def _is_entitled(self, verb, who, request_id, job_id, takers):
        role, _, number = who.partition(" ")
        if verb == "take" and role == "volunteer" and request_id is None:
            takers.setdefault(job_id, set()).add(int(number))
            was_asked = self.world.raw.execute(
                "SELECT 1 FROM offers WHERE job_id=? AND volunteer_id=?", (job_id, number)
            ).fetchone()
            if not was_asked:
                yield "not yours", f"volunteer {number} took job {job_id} without having been asked"
        elif verb == "take" and role == "staff" and request_id is None:
            # Staff gave it to somebody, who may be rid of it before we look again: she was told that it is hers.
            told = self.world.raw.execute(
                "SELECT volunteer_id FROM messages WHERE cause='job_yours' AND job_id=:job UNION "
                "SELECT volunteer_id FROM calls WHERE cause='job_yours' AND job_id=:job",
                {"job": job_id},
            )
            takers.setdefault(job_id, set()).update(row[0] for row in told)
        elif verb in _BY_HOLDER and role == "volunteer":
            holders = {self.holders.get(job_id), *takers.get(job_id, ())}
            if int(number) not in holders:
                yield "not yours", f"volunteer {number} did {verb} to job {job_id} of {holders}"
        elif verb in ("finish", "miss") and role == "resident" and request_id is None:
            # Her stop was the last one: the job ends as the best of its stops did, which was somebody else's deed.
            if not self.world.raw.execute(
                "SELECT 1 FROM help_requests WHERE job_id=? AND state=?", (job_id, MOVES[verb][1])
            ).fetchone():
                yield "never falsely done", f"{verb} of job {job_id} by {who}, of which no stop has ended so"
        elif verb == "finish" and role == "resident":
            said_so = self.world.raw.execute(
                "SELECT 1 FROM questions WHERE kind='has_come' AND is_yes AND resident_id=?", (number,)
            ).fetchone()
            if not said_so:
                yield "never falsely done", f"resident {number} was not asked whether job {job_id} has come"
        elif verb in ("finish", "miss") and role not in ("staff", "volunteer"):
            yield "never falsely done", f"{verb} of job {job_id} by {who}"
        elif verb == "cancel" and role == "resident" and request_id:
            owner = self.world.raw.execute("SELECT resident_id FROM help_requests WHERE id=?", (request_id,)).fetchone()
            if owner[0] != int(number):
                yield "not yours", f"resident {number} called off request {request_id} of resident {owner[0]}"

    def _agrees(self):
        raw = self.world.raw
        for kind, table in (("request", "help_requests"), ("job", "jobs")):
            for id_, state in raw.execute(f"SELECT id, state FROM {table}"):
                known = self.states.setdefault((kind, id_), "waiting" if kind == "job" else None)
                if state != known:
                    yield "one event per move", f"{kind} {id_} is {state}, its history says {known}"
                    self.states[(kind, id_)] = state
        self.holders = dict(raw.execute("SELECT id, volunteer_id FROM jobs").fetchall())

    def _offers(self):
        rows = self.world.raw.execute(
            "SELECT o.id, o.volunteer_id, o.made_at, j.id, j.state, j.volunteer_id, j.taken_at FROM offers o"
            " JOIN jobs j ON j.id = o.job_id WHERE o.id > ? ORDER BY o.id",
            (self.last_offer,),
        ).fetchall()
        for id_, volunteer, made_at, job_id, state, holder, taken_at in rows:
            self.last_offer = id_
            if state == "taken" and volunteer != holder and made_at > taken_at:
                yield "no offer after taken", f"offer {id_} of job {job_id} was made after it was taken"

    def _news(self):
        """What has been delivered stays delivered, in whatever order the news come."""
        query = "SELECT id FROM messages WHERE direction='outbound' AND state='delivered'"
        now = {id_ for (id_,) in self.world.raw.execute(query)}
        for id_ in sorted(self.delivered - now):
            yield "late news change nothing", f"text {id_} had been delivered, and counts as something else now"
        self.delivered = now

    def _count(self, verb, who, why, request_id):
        counters = self.world.counters
        if verb in _COUNTED and (request_id is None or verb in ("finish", "miss", "worry", "give_up", "reopen")):
            counters.hit(_COUNTED[verb])
        if verb == "cancel" and who.startswith("resident"):
            counters.hit("cancelled by its resident")
        if verb == "place":
            counters.hit({"standing": "standing order placed"}.get(why, f"placed by {why}"))
        if verb == "wait" and why == "asked_again":
            counters.hit("asked again")
        if verb == "take" and who.startswith("staff") and request_id is None:
            counters.hit("assigned by staff")
