"""The town's database in memory, with one long session instead of a new one for each unit of work.

Nobody else writes here, so people and places that were loaded once are still true: this halves the time of a simulated
month. Jobs, requests, texts and alerts are read anew in every unit of work, as the server does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from models.base import Base
from models.database import Database, open_engine
from models.installation import Installation
from models.menus import Dish, Menu, StandingOrder
from models.people import Absence, Contact, Phone, Resident, Staff, Volunteer
from models.places import Community, Meal, Service, Zone

_KEPT = (
    Absence, Community, Contact, Dish, Installation, Meal, Menu, Phone, Resident, Service, Staff, StandingOrder,
    Volunteer, Zone,
)  # fmt: skip


class TownDatabase(Database):
    """Units of work on a database that is forgotten with this object."""

    def __init__(self) -> None:
        super().__init__(open_engine("sqlite://"))
        Base.metadata.create_all(self.engine)
        self._session = self._sessions()
        self._kept: set[Any] = set()
        self._passing: list[Any] = []
        event.listen(self._session, "loaded_as_persistent", self._note)
        event.listen(self._session, "pending_to_persistent", self._note)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One unit of work, as of any database: committed at the end, rolled back by any error."""
        try:
            yield self._session
            self._session.commit()
        except BaseException:
            self._session.rollback()
            raise
        finally:
            self._forget()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A look at what is committed."""
        try:
            yield self._session
        finally:
            self._forget()

    def close(self) -> None:
        """Forget everything."""
        self._session.close()
        self.engine.dispose()

    def _note(self, _session: Session, row: Any) -> None:
        if isinstance(row, _KEPT):
            self._kept.add(row)
        else:
            self._passing.append(row)

    def _forget(self) -> None:
        for row in self._passing:
            if row in self._session:
                self._session.expunge(row)
        self._passing.clear()
