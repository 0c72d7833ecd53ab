"""The settings: how this installation is wired, read once into one frozen object. A fault is a sentence."""

import os
import secrets
import stat
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dispatch.retention import Periods
from models.keyring import Keyring
from models.private_files import draft_of
from scripts import spelled
from voice.carrier.reach import is_this_machine

_PREFIX = "LINLI_"
_MOST_BYTES = 256 * 1024
_SHORTEST_SECRET = 16
_PLACEHOLDERS = frozenset(
    (
        *("change-me", "changeme", "change_me", "default", "dev", "development", "example", "insecure", "password"),
        *("placeholder", "replace-me", "secret", "secret-key", "secret_key", "test", "xxx"),
        *("your-auth-token", "your-secret-key", "your_auth_token", "your_secret_key"),
    )
)
# The exchange has one account; the name of an account is no secret.
_SIMULATED_ACCOUNT = "AC" + "0123456789abcdef" * 2


class SettingsError(Exception):
    """The settings cannot be used; each of `sentences` names one fault and what would be right."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class Server:
    """Where the server listens, and how the world reaches it."""

    host: str
    port: int
    public_url: str
    secret_key: str = field(repr=False)
    proxy: str = ""  # the network of the proxy in front, where it is not on this machine


@dataclass(frozen=True)
class Storage:
    """Where everything is kept."""

    url: str = field(repr=False)
    field_key: tuple[str, ...] = field(default=(), repr=False)

    @property
    def keyring(self) -> Keyring:
        """The keys under which what is most personal lies in it."""
        return Keyring(self.field_key)


@dataclass(frozen=True)
class Carrier:
    """Who carries calls and texts: Twilio (or who speaks like it), or the exchange."""

    kind: str
    account_sid: str
    auth_token: str = field(repr=False)
    next_auth_token: str = field(repr=False)
    api_base: str
    messaging_service_sid: str
    segments_per_second: float
    clock_file: Path | None
    media_hosts: tuple[str, ...] = ()

    @property
    def is_simulated(self) -> bool:
        """Is it our own exchange?"""
        return self.kind == "simulated"


@dataclass(frozen=True)
class SecondCarrier:
    """The account to fail over to; all empty: the first account is used, with a community's second number."""

    account_sid: str
    auth_token: str = field(repr=False)
    next_auth_token: str = field(repr=False)
    api_base: str
    media_hosts: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Is there a second account?"""
        return bool(self.account_sid)


@dataclass(frozen=True)
class Oidc:
    """A provider of logins that the office has already; all empty: there is none."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def is_given(self) -> bool:
        """Is there one?"""
        return bool(self.issuer)


@dataclass(frozen=True)
class Watch:
    """How the outside learns that the clock of this installation still goes."""

    dead_mans_url: str = field(repr=False)


@dataclass(frozen=True)
class Backups:
    """Where copies of the database are kept, how often they are made, how long they stay."""

    folder: Path
    every_hours: float
    keep_days: int


@dataclass(frozen=True)
class Sheets:
    """Where the day sheet lies as a file, for the day the network is down."""

    folder: Path


@dataclass(frozen=True)
class Patience:
    """The patience that new services start with; on the board each service has its own."""

    offer_minutes: float
    wave_size: int
    nudge_minutes: float
    acknowledge_minutes: float


@dataclass(frozen=True)
class Settings:
    """Everything in config.toml."""

    server: Server
    database: Storage
    carrier: Carrier
    second_carrier: SecondCarrier
    oidc: Oidc
    watch: Watch
    backup: Backups
    retention: Periods
    sheet: Sheets
    dispatch: Patience

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str], *, port: int | None = None) -> "Settings":
        """Read the file (if any), then the environment's LINLI_SECTION__KEY over it, then `port` over both.

        Raises SettingsError with one sentence for each fault, all of them at once.
        """
        faults: list[str] = []
        written = _file_values(path, faults) | _environment_values(environ, faults)
        if port is not None:
            written["server", "port"] = port
        values = {place: key.default for place, key in KEYS.items()}
        for place, raw in written.items():
            _read_key(place, raw, environ, values, faults)
        if faults:
            raise SettingsError(*faults)
        return _assembled(values)


Place = tuple[str, str]
Values = dict[Place, Any]


@dataclass(frozen=True)
class Key:
    """One key of config.toml: its default, whether it is a number in the file, and how it is read."""

    default: Any
    read: Callable[[Any], Any]
    is_number: bool = False


# Every key there is. Adding one is a line here, a field above, and a line with its why in config.example.toml.
KEYS: dict[Place, Key] = {
    ("server", "host"): Key("127.0.0.1", spelled.host),
    ("server", "port"): Key(8000, spelled.whole(1, 65535), is_number=True),
    ("server", "public_url"): Key("", spelled.optional_address),
    ("server", "secret_key"): Key("", str),
    ("server", "proxy"): Key("", spelled.optional_network),
    ("database", "url"): Key("sqlite:///linli.db", spelled.database_url),
    ("database", "field_key"): Key((), spelled.field_keys),
    ("carrier", "kind"): Key("simulated", spelled.carrier_kind),
    ("carrier", "account_sid"): Key("", spelled.plain),
    ("carrier", "auth_token"): Key("", spelled.plain),
    ("carrier", "next_auth_token"): Key("", spelled.plain),
    ("carrier", "api_base"): Key("", spelled.optional_address),
    ("carrier", "messaging_service_sid"): Key("", spelled.plain),
    ("carrier", "segments_per_second"): Key(1.0, spelled.rate, is_number=True),
    ("carrier", "clock_file"): Key(None, spelled.optional_path),
    ("carrier", "media_hosts"): Key((), spelled.media_hosts),
    ("second_carrier", "account_sid"): Key("", spelled.plain),
    ("second_carrier", "auth_token"): Key("", spelled.plain),
    ("second_carrier", "next_auth_token"): Key("", spelled.plain),
    ("second_carrier", "api_base"): Key("", spelled.optional_address),
    ("second_carrier", "media_hosts"): Key((), spelled.media_hosts),
    ("oidc", "issuer"): Key("", spelled.issuer),
    ("oidc", "client_id"): Key("", spelled.plain),
    ("oidc", "client_secret"): Key("", spelled.plain),
    ("watch", "dead_mans_url"): Key("", spelled.optional_address_with_query),
    ("backup", "folder"): Key(None, spelled.optional_path),
    ("backup", "every_hours"): Key(1.0, spelled.hours, is_number=True),
    ("backup", "keep_days"): Key(14, spelled.whole(1, 3650), is_number=True),
    ("retention", "recordings_days"): Key(30, spelled.whole(0, 36500), is_number=True),
    ("retention", "texts_days"): Key(90, spelled.whole(0, 36500), is_number=True),
    ("retention", "calls_days"): Key(90, spelled.whole(0, 36500), is_number=True),
    ("retention", "notes_days"): Key(365, spelled.whole(0, 36500), is_number=True),
    ("retention", "logins_days"): Key(90, spelled.whole(0, 36500), is_number=True),
    ("retention", "looks_days"): Key(180, spelled.whole(0, 36500), is_number=True),
    ("sheet", "folder"): Key(None, spelled.optional_path),
    ("dispatch", "offer_minutes"): Key(10.0, spelled.minutes, is_number=True),
    ("dispatch", "wave_size"): Key(3, spelled.whole(1, 50), is_number=True),
    ("dispatch", "nudge_minutes"): Key(60.0, spelled.minutes, is_number=True),
    ("dispatch", "acknowledge_minutes"): Key(15.0, spelled.minutes, is_number=True),
}
_SECTIONS = tuple(dict.fromkeys(section for section, _ in KEYS))


def _file_values(path: Path | None, faults: list[str]) -> Values:
    if path is None:
        return {}
    try:
        tables = tomllib.loads(_text_of(path))
    except OSError as error:
        faults.append(f"The settings file {path} cannot be read: {_why(error)}.")
        return {}
    except UnicodeDecodeError:
        faults.append(f"The settings file {path} is not UTF-8 text.")
        return {}
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        faults.append(f"The settings file {path} is not TOML: {error}.")
        return {}
    values: Values = {}
    for section, table in tables.items():
        _take_section(section, table, values, faults)
    return values


def _take_section(section: str, table: Any, values: Values, faults: list[str]) -> None:
    if section not in _SECTIONS or not isinstance(table, dict):
        faults.append(f"[{_shown(section)}] is no section of the settings; they are {_listed(_SECTIONS, '[{}]')}.")
        return
    for key, value in table.items():
        if (section, key) in KEYS:
            values[section, key] = value
        else:
            known = [name for part, name in KEYS if part == section]
            faults.append(f"[{section}] has no key {_shown(key)}; its keys are {_listed(known)}.")


def _environment_values(environ: Mapping[str, str], faults: list[str]) -> Values:
    places = {f"{_PREFIX}{section}__{key}".upper(): (section, key) for section, key in KEYS}
    # One underscore instead of two is the usual slip, and would otherwise be a setting silently ignored.
    slips = {name.replace("__", "_"): name for name in places}
    values: Values = {}
    for name in sorted(environ):
        if name in places:
            values[places[name]] = _FromText(environ[name])
        elif name in slips:
            faults.append(f"The environment's {name} is not read; the name is {slips[name]}.")
        elif name.startswith(_PREFIX) and "__" in name:
            faults.append(
                f"The environment's {_shown(name)} names no setting; see config.example.toml for all of them."
            )
    return values


class _FromText(str):
    """A value that could only be written as text: a number may be spelled in it."""

    __slots__ = ()


def _read_key(place: Place, raw: Any, environ: Mapping[str, str], values: Values, faults: list[str]) -> None:
    section, name = place
    key = KEYS[place]
    try:
        value = _looked_up(raw, environ)
        if key.is_number and isinstance(value, str) and not isinstance(value, _FromText):
            value = None  # port = "8000": refused by its reader
        if not key.is_number and not isinstance(value, str):
            raise spelled.Wrong("text in quotes")
        values[place] = key.read(value)
    except spelled.Wrong as wrong:
        faults.append(f"[{section}] {name} should be {wrong}.")


def _looked_up(raw: Any, environ: Mapping[str, str]) -> Any:
    """The value itself, or what "env:NAME" or "file:PATH" points to."""
    if not isinstance(raw, str):
        return raw
    source, colon, rest = raw.partition(":")
    if not colon or source not in ("env", "file"):
        return raw
    if source == "env":
        if rest not in environ:
            raise spelled.Wrong(f"set: the environment has no {_shown(rest)}")
        return _FromText(environ[rest].strip())
    try:
        return _FromText(_text_of(Path(rest)).strip())
    except (OSError, ValueError) as error:
        raise spelled.Wrong(f"in a readable file: {_shown(rest)} cannot be read ({_why(error)})") from None


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise OSError("it is too long")
    return content.decode("utf-8-sig")


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return "it is not UTF-8 text"


def _shown(text: str) -> str:
    return "".join(mark if mark.isprintable() else "?" for mark in text[:60])


def _listed(names: Any, shape: str = "{}") -> str:
    return ", ".join(shape.format(name) for name in names)


def _assembled(values: Values) -> Settings:
    """Fill in what was left out, then judge what belongs together."""
    _fill_addresses(values)
    faults = _faults_together(values)
    if faults:
        raise SettingsError(*faults)
    if values["carrier", "kind"] == "simulated":
        _fill_secrets(values)
        # The exchange's page winds the clock of every program here, so there is always a file for it.
        values["carrier", "clock_file"] = values["carrier", "clock_file"] or _beside_database(values, ".clock")
    values["sheet", "folder"] = values["sheet", "folder"] or _beside_database(values, ".sheets")
    values["backup", "folder"] = values["backup", "folder"] or _beside_database(values, ".backups")
    parts: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    for (section, key), value in values.items():
        parts[section][key] = value
    return Settings(
        server=Server(**parts["server"]),
        database=Storage(**parts["database"]),
        carrier=Carrier(**parts["carrier"]),
        second_carrier=SecondCarrier(**parts["second_carrier"]),
        oidc=Oidc(**parts["oidc"]),
        watch=Watch(**parts["watch"]),
        backup=Backups(**parts["backup"]),
        retention=Periods(**parts["retention"]),
        sheet=Sheets(**parts["sheet"]),
        dispatch=Patience(**parts["dispatch"]),
    )


def _fill_addresses(values: Values) -> None:
    is_simulated = values["carrier", "kind"] == "simulated"
    if not values["server", "public_url"] and is_simulated:
        host = str(values["server", "host"])
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        values["server", "public_url"] = f"http://{f'[{host}]' if ':' in host else host}:{values['server', 'port']}"
    if not values["carrier", "api_base"]:
        own = f"{values['server', 'public_url']}/exchange"
        values["carrier", "api_base"] = own if is_simulated else "https://api.twilio.com"
    if values["second_carrier", "account_sid"] and not values["second_carrier", "api_base"]:
        values["second_carrier", "api_base"] = "https://api.twilio.com"


# What Twilio cannot do without, and what would be right.
_NEEDED_FOR_TWILIO: dict[Place, str] = {
    ("server", "public_url"): 'where the carrier reaches this server, such as "https://linli.example.org"',
    ("server", "secret_key"): "a random text; python3 -c 'import secrets; print(secrets.token_hex(32))' makes one",
    ("carrier", "account_sid"): 'the Account SID of the carrier\'s console, such as "AC" and 32 more characters',
    ("carrier", "auth_token"): 'the Auth Token of the carrier\'s console, best given as "env:NAME" or "file:PATH"',
}
_SECRETS = (("server", "secret_key"), ("carrier", "auth_token"))
_WEIGHED = (*_SECRETS, ("carrier", "next_auth_token"))


def _faults_together(values: Values) -> list[str]:
    faults = []
    is_real = values["carrier", "kind"] == "twilio"
    is_near = is_this_machine(values["carrier", "api_base"])
    if is_real:
        missing = [place for place in _NEEDED_FOR_TWILIO if not values[place]]
        faults += [
            f'[{section}] {key} is needed with carrier.kind = "twilio": {_NEEDED_FOR_TWILIO[section, key]}.'
            for section, key in missing
        ]
    faults += _faults_of_second(values) + _faults_of_provider(values)
    for section, key in _WEIGHED:
        # A carrier on this machine is a test rig, which has a token of its own making.
        is_weighed = is_real and not (section == "carrier" and is_near)
        faults += _faults_of_secret((section, key), values, is_weighed=is_weighed)
    if values["carrier", "clock_file"] is not None and is_real and not is_near:
        faults.append(
            "[carrier] clock_file should be left empty: the clock can be wound only with the simulated carrier, or "
            "with carrier.api_base at an address of this machine."
        )
    return faults


def _faults_of_second(values: Values) -> list[str]:
    given = {key: bool(values["second_carrier", key]) for key in ("account_sid", "auth_token")}
    if any(given.values()) and not all(given.values()):
        missing = next(key for key, is_there in given.items() if not is_there)
        return [f"[second_carrier] {missing} is needed too: account_sid and auth_token belong together."]
    for key in ("api_base", "next_auth_token"):
        if values["second_carrier", key] and not any(given.values()):
            return [f"[second_carrier] account_sid is needed with an {key}: whose account is it?"]
    return []


def _faults_of_provider(values: Values) -> list[str]:
    given = {key: bool(values["oidc", key]) for key in ("issuer", "client_id", "client_secret")}
    if not any(given.values()):
        return []
    missing = next((key for key, is_there in given.items() if not is_there), "")
    if missing:
        return [f"[oidc] {missing} is needed too: issuer, client_id and client_secret belong together."]
    is_weighed = not is_this_machine(values["oidc", "issuer"])
    return _faults_of_secret(("oidc", "client_secret"), values, is_weighed=is_weighed)


def _faults_of_secret(place: Place, values: Values, *, is_weighed: bool) -> list[str]:
    """None where there is no secret; a short one is a fault only where it `is_weighed`, an example anywhere."""
    secret = str(values[place])
    is_short = is_weighed and len(secret) < _SHORTEST_SECRET
    if not secret or not (is_short or secret.casefold() in _PLACEHOLDERS):
        return []
    section, key = place
    return [f"[{section}] {key} should be a secret of at least {_SHORTEST_SECRET} characters, no example."]


def _fill_secrets(values: Values) -> None:
    """The demonstration's secrets: made once, kept beside the database where only its owner reads them."""
    values["carrier", "account_sid"] = values["carrier", "account_sid"] or _SIMULATED_ACCOUNT
    if all(values[place] for place in _SECRETS):
        return
    kept = _kept_secrets(_beside_database(values, ".secrets"))
    for place in _SECRETS:
        values[place] = values[place] or kept[place[1]]


def _beside_database(values: Values, ending: str) -> Path:
    return beside_database(values["database", "url"], ending)


def beside_database(database_url: str, ending: str) -> Path:
    """A file that belongs to this database: beside it, or where we are started when it lies on a server."""
    url = sa.make_url(database_url)
    return Path(url.database if url.drivername == "sqlite" and url.database else "linli").absolute().with_suffix(ending)


def _kept_secrets(path: Path) -> dict[str, str]:
    cure = f"Remove {path}, or give [server] secret_key and [carrier] auth_token in the settings"
    try:
        if not path.exists():
            _write_once(path, "".join(f'{key} = "{secrets.token_hex(16)}"\n' for _, key in _SECRETS))
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        kept = tomllib.loads(_text_of(path))
    except OSError as error:
        raise SettingsError(f"The secrets of the simulated carrier cannot be kept: {_why(error)}. {cure}.") from None
    except ValueError:
        raise SettingsError(f"The kept secrets of the simulated carrier cannot be read. {cure}.") from None
    if not all(isinstance(kept.get(key), str) and len(kept[key]) >= _SHORTEST_SECRET for _, key in _SECRETS):
        raise SettingsError(f"The kept secrets of the simulated carrier are incomplete. {cure}.")
    return kept


def _write_once(path: Path, text: str) -> None:
    """Two programs may start at once: both write, the first link stands, both read that one."""
    with draft_of(path, text) as draft, suppress(FileExistsError):  # the other was first
        os.link(draft, path)
