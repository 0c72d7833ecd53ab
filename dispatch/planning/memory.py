"""The town's database in memory, with one long session instead of a new one for each unit of work.

Nobody else writes here, so people and places that were loaded once are still true, and so is what was asked about them:
this halves the time of a simulated month. Jobs, requests, texts and alerts are read anew in every unit of work, as the
server does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from models.base import Base
from models.database import Database, open_engine
from models.installation import Installation
from models.menus import Dish, Menu, StandingOrder
from models.numbers import Phone
from models.people import Absence, Contact, Resident, Staff, Volunteer
from models.places import Community, Meal, Service, Zone

_KEPT = (
    Absence, Community, Contact, Dish, Installation, Meal, Menu, Phone, Resident, Service, Staff, StandingOrder,
    Volunteer, Zone,
)  # fmt: skip
# Of these nobody writes a row once everybody has moved in, and what is asked about them depends on nothing else.
_SETTLED = (Absence, Contact, Meal, Resident, Service, Staff, Volunteer, Zone)


class TownDatabase(Database):
    """Units of work on a database that is forgotten with this object."""

    def __init__(self) -> None:
        super().__init__(open_engine("sqlite://"))
        Base.metadata.create_all(self.engine)
        self._session = self._sessions()
        self._kept: set[Any] = set()
        self._passing: list[Any] = []
        self._answers: dict[Any, sa.FrozenResult[Any]] = {}
        event.listen(self._session, "loaded_as_persistent", self._note)
        event.listen(self._session, "pending_to_persistent", self._note)
        event.listen(self._session, "do_orm_execute", self._answer)
        event.listen(self._session, "after_flush", self._ask_anew)

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

    def _answer(self, asked: ORMExecuteState) -> sa.Result[Any] | None:
        """What was asked about people and places before is answered as it was then."""
        kind = asked.bind_mapper.class_ if asked.bind_mapper else None
        if kind not in _SETTLED or not asked.is_select or asked.is_relationship_load or asked.is_column_load:
            return None
        question = (asked.statement, str(asked.parameters))
        if question not in self._answers:
            self._answers[question] = asked.invoke_statement().freeze()
        return self._answers[question]()

    def _ask_anew(self, session: Session, _context: object) -> None:
        if any(isinstance(row, _SETTLED) for row in (*session.new, *session.dirty)):
            self._answers.clear()

    def _forget(self) -> None:
        for row in self._passing:
            if row in self._session:
                self._session.expunge(row)
        self._passing.clear()
