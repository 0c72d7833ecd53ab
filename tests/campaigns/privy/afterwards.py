"""Afterwards: some people are forgotten, and not a byte of theirs is in any file; what was counted is."""

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from campaigns.privy.birds import bird
from campaigns.privy.parish import number_of_contact, number_of_resident, number_of_volunteer
from dispatch.forgetting import forget
from dispatch.lists.exporting import KINDS
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.scrubbing import scrub
from models.traffic import Call, Message

_HERS = ("surname", "address", "door", "diet", "hardship", "note", "text", "written", "contact")
_FORGOTTEN, _HELPER = (0, 3), 1
_COUNTED = (HelpRequest, Message, Call)


class Afterwards:
    """What is left of two residents and a volunteer."""

    def __init__(self, parish):
        self.parish, self.town = parish, parish.town
        words = [bird(kind, at) for at in _FORGOTTEN for kind in _HERS]
        numbers = [number_of(at)[1:] for at in _FORGOTTEN for number_of in (number_of_resident, number_of_contact)]
        self.words = [*words, *numbers, bird("helper", _HELPER), number_of_volunteer(_HELPER)[1:]]
        self.before, self.left, self.counted = Counter(), Counter(), {}

    def forget(self):
        """They are forgotten; days go by until the copies that still have them are too old to be kept."""
        self.before = self._traces()
        counted = self._counted()
        with self.town.database.begin() as session:
            for at in _FORGOTTEN:
                forget(session, session.get_one(Resident, at + 1), who="staff 1", now=self.town.now)
            forget(session, session.get_one(Volunteer, _HELPER + 1), who="staff 1", now=self.town.now)
        self.town.rounds = 2_000  # after a week there is much that the carrier has to delete, twenty at a time
        self.town.wait(hours=26, every=900)
        for _ in range(self.town.settings.backup.keep_days + 2):
            self.town.clock.shown += timedelta(days=1)
            self.town.elapsed += 86400
            self.town.settle()
            self.parish._keep()
        scrub(self.town.database.engine)
        self.parish._keep()
        for kind in KINDS:
            for shape in ("csv", "json", "xlsx"):
                self.parish.commands.give_out(kind, shape, self.parish.folder / f"given-{kind}.{shape}")
        self.left = self._traces()
        self.counted = {kind.__tablename__: (counted[kind], now) for kind, now in self._counted().items()}

    def wrong(self):
        """What should not be."""
        unseen = [word for word in self.words if not any(found.endswith(f" {word}") for found in self.before)]
        fewer = [f"{name}: {now} of {before}" for name, (before, now) in self.counted.items() if now < before]
        return [*self.left, *fewer, *(f"never stood anywhere: {word}" for word in unseen)]

    def tell(self):
        """Print it."""
        print(f"forgotten: {len(_FORGOTTEN)} residents, a volunteer, {len(self.words)} words of theirs")
        print(f"  before: {sum(self.before.values())} times in {len({one.split()[0] for one in self.before})} files;"
              f" after: {sum(self.left.values())}")  # fmt: skip
        print(
            "  what stays: "
            + ", ".join(f"{name} {now} (before {before})" for name, (before, now) in self.counted.items())
        )
        for words in self.wrong()[:40]:
            print(f"  WRONG {words}")

    def _traces(self):
        found = Counter()
        for path in sorted(self.parish.folder.rglob("*")):
            if path.is_file() and path.name != "bad.csv":
                whole = path.read_bytes()
                found.update(
                    {f"{path.name} {word}": whole.count(word.encode()) for word in self.words if word.encode() in whole}
                )
        return found

    def _counted(self):
        with self.town.database.read() as session:
            return {kind: session.scalar(sa.select(sa.func.count()).select_from(kind)) for kind in _COUNTED}
