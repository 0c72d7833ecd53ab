"""What must hold after every step, and on every word that leaves. Each check yields sentences; silence is good."""

from dataclasses import dataclass

from campaigns.sim import at_rest, words
from campaigns.sim.lifecycle import Lives
from campaigns.sim.rows import CHECKS


@dataclass(frozen=True)
class Violation:
    """Something that may not happen has happened."""

    invariant: str
    what: str
    seed: str = ""
    step: int = 0
    at: str = ""
    story: tuple = ()

    def __str__(self):
        return f"{self.invariant}: {self.what}  [--replay {self.seed}:{self.step}]"


class Checker:
    """Looks at the database from outside, after every step, and at everything that leaves, when it leaves."""

    def __init__(self, world):
        self.world = world
        self.found = []
        self.lives = Lives(world)
        self._seen = None
        self._errors = 0

    def add(self, invariant, what):
        """It does not hold."""
        self.found.append(Violation(invariant, what, self.world.seed, at=str(self.world.now)))

    def work(self):
        """A number that is another one whenever a process of ours did something."""
        return (self.world.raw.execute("PRAGMA data_version").fetchone()[0], self.world.ledger.count)

    def after_step(self):
        """Everything that must hold whenever a post is answered and whenever a sweep has done something."""
        self._errors_of_the_carrier()
        work = self.work()
        if work != self._seen:
            self._seen = work
            for invariant, what in self.lives.check():
                self.add(invariant, what)
            for invariant, check in CHECKS:
                for what in check(self.world):
                    self.add(invariant, what)

    def after_act(self):
        """Everything that must hold at rest, when all that follows from an act has happened."""
        world = self.world
        self.after_step()
        if world.is_up and not world.is_asleep:
            for what in at_rest.overdue(world):
                self.add("no forgotten request", what)

    def on_ask(self, asked):
        """Something is about to leave."""
        for invariant, what in words.leaving(self.world, asked):
            self.add(invariant, what)

    def on_answer(self, url, params, status, body, *, is_full=False):
        """We have answered a post."""
        if is_full:
            return
        for invariant, what in words.answered(self.world, url, params, status, body):
            self.add(invariant, what)

    def on_log(self, record):
        """The program wrote an error into its log."""
        if self.world.storage_fault is None:
            cause = record.exc_info[1] if record.exc_info else ""
            self.add("no fault in the log", f"{record.getMessage()}: {type(cause).__name__} {cause}"[:600])

    def _errors_of_the_carrier(self):
        errors = list(self.world.exchange.errors)
        for error in errors[min(self._errors, len(errors)) :]:
            if 12000 <= error["code"] < 15000:
                self.add("TwiML is valid", f"{error['code']} {error['sentence']} at {error['url']}")
        self._errors = len(errors)
