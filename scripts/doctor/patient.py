"""The installation that is looked at: what is asked for by several checks is asked once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.gaps import zone_is_known
from models.database import Database, open_engine
from models.installation import refuse_missing_keys
from models.keyring import WrongKey
from models.places import Community
from models.schema import WrongVersion, ensure_current, is_empty
from scripts.clock import Clock
from scripts.doctor.findings import Finding, found
from scripts.doctor.machine import Machine
from scripts.sentences import sentence_for
from scripts.settings import Settings
from voice.carrier.client import Account
from voice.carrier.office import Asked, Office
from voice.carrier.reach import Heard, ask


@dataclass(frozen=True)
class Line:
    """One account at a carrier, and the numbers of ours that it should have: (community's name, number)."""

    section: str
    account: Account
    numbers: tuple[tuple[str, str], ...]

    @property
    def office(self) -> Office:
        """Where this account is asked about."""
        return Office(self.account)


class Patient:
    """One installation."""

    def __init__(
        self, settings: Settings, *, config: Path | None = None, environ: Mapping[str, str] | None = None,
        clock: Clock, is_quick: bool = False, fallback_url: str = "", machine: Machine | None = None,
    ) -> None:  # fmt: skip
        self.settings, self.config, self.environ = settings, config, environ or {}
        self.clock, self.is_quick, self.fallback_url = clock, is_quick, fallback_url
        self.machine = machine or Machine()

    @property
    def now(self) -> datetime:
        """The time of this installation, which training may have wound."""
        return self.clock.now()

    @property
    def is_real(self) -> bool:
        """Are real people called?"""
        return not self.settings.carrier.is_simulated

    @cached_property
    def _opened(self) -> tuple[Database | None, Finding | None]:
        url = self.settings.database.url
        try:
            if is_empty(url):
                return None, found("database_empty")
            ensure_current(url)
            keyring = self.settings.database.keyring
            database = Database(open_engine(url, keyring))
            with database.read() as session:
                refuse_missing_keys(session, keyring)
            database.engine.dispose()  # each check looks with a connection of its own
            return database, None
        except WrongKey as error:
            return None, found("keys_missing", sentence=error)
        except WrongVersion as error:
            return None, found("database_version", sentence=error)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            return None, found("database_unreachable", sentence=sentence_for(error) or type(error).__name__)

    @property
    def database(self) -> Database | None:
        """The database, if it is there and of this program's version."""
        return self._opened[0]

    @property
    def database_trouble(self) -> Finding | None:
        """Why there is none."""
        return self._opened[1]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look into the database. Only for checks that need it."""
        if self.database is None:
            raise RuntimeError("there is no database to be read")
        with self.database.read() as session:
            yield session

    def communities(self, session: Session) -> list[Community]:
        """The communities whose time zone is known; the others have a finding of their own."""
        rows = session.scalars(sa.select(Community).order_by(Community.id))
        return [community for community in rows if zone_is_known(community)]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The accounts at the carriers, with their numbers."""
        carrier, second = self.settings.carrier, self.settings.second_carrier
        firsts, seconds = self._numbers()
        first = Account(
            carrier.account_sid, carrier.auth_token, carrier.api_base, carrier.messaging_service_sid,
            carrier.next_auth_token,
        )  # fmt: skip
        if not second.is_given:
            return (Line("carrier", first, firsts + seconds),)
        other = Account(second.account_sid, second.auth_token, second.api_base, next_token=second.next_auth_token)
        return (Line("carrier", first, firsts), Line("second_carrier", other, seconds))

    def _numbers(self) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        if self.database is None:
            return (), ()
        with self.reading() as session:
            rows = list(session.scalars(sa.select(Community).order_by(Community.id)))
        return (
            tuple((row.name, number) for row in rows for number in (row.number, row.practice_number) if number),
            tuple((row.name, row.second_number) for row in rows if row.second_number),
        )

    @cached_property
    def accounts(self) -> tuple[Asked, ...]:
        """What the carrier says of each account, in the order of the lines."""
        return tuple(line.office.account() for line in self.lines)

    @cached_property
    def health(self) -> Heard:
        """What the server on this machine says of itself."""
        server = self.settings.server
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)  # noqa: S104
        return ask("GET", f"http://{f'[{host}]' if ':' in host else host}:{server.port}/healthz")

    @property
    def is_served(self) -> bool:
        """Does Linli answer on this machine?"""
        return is_linli(self.health)


def is_linli(heard: Heard) -> bool:
    """Is that the answer of a Linli to the question how it is?"""
    return heard.status in (200, 503) and '"ok"' in heard.body and '"why"' in heard.body
