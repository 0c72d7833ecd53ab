"""The settings: what is accepted, and the sentence for everything that is not."""

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from scripts.settings import KEYS, Settings, SettingsError

EVERYWHERE = "0.0.0.0"  # noqa: S104
EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
TWILIO = """
[server]
public_url = "https://linli.example.org/"
secret_key = "a-long-and-random-text"
[carrier]
kind = "twilio"
account_sid = "AC00000000000000000000000000000000"
auth_token = "0123456789abcdef0123456789abcdef"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str | None = None, environ: dict[str, str] | None = None, **also: int) -> Settings:
    path = None
    if text is not None:
        path = Path("config.toml")
        path.write_text(text, encoding="utf-8")
    return Settings.load(path, environ or {}, **also)


def faults(text: str | None = None, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(text, environ)
    assert str(caught.value) == "\n".join(caught.value.sentences)
    return caught.value.sentences


def test_without_any_file_the_simulated_carrier_works():
    settings = load()
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.server.public_url == "http://127.0.0.1:8000"
    assert settings.database.url == "sqlite:///linli.db"
    assert settings.carrier.is_simulated
    assert settings.carrier.api_base == "http://127.0.0.1:8000/exchange"
    assert settings.carrier.account_sid.startswith("AC")
    assert len(settings.carrier.account_sid) == 34
    assert settings.carrier.clock_file == Path("linli.clock").absolute()
    assert (settings.dispatch.offer_minutes, settings.dispatch.wave_size) == (10, 3)
    assert (settings.dispatch.nudge_minutes, settings.dispatch.acknowledge_minutes) == (60, 15)


def test_the_example_names_every_key_and_holds_what_holds_without_it():
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert {(section, key) for section, table in tables.items() for key in table} == set(KEYS)
    assert Settings.load(EXAMPLE, {}) == load()


def test_every_key_of_the_example_says_why():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    unexplained = [line for before, line in pairwise(lines) if " = " in line and before[:1] != "#"]
    assert [line for line in unexplained if not line.startswith("#")] == []


def test_secrets_are_made_once_and_kept_for_their_owner(folder: Path):
    first, second = load(), load()
    assert first == second
    assert first.server.secret_key != first.carrier.auth_token
    kept = folder / "linli.secrets"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert first.server.secret_key not in repr(first)
    assert first.carrier.auth_token not in repr(first)


def test_kept_secrets_that_others_may_read_are_closed_again(folder: Path):
    load()
    (folder / "linli.secrets").chmod(0o644)
    load()
    assert (folder / "linli.secrets").stat().st_mode & 0o777 == 0o600


def test_two_programs_starting_at_once_keep_the_same_secrets():
    with ThreadPoolExecutor(8) as many:
        assert len({settings.server.secret_key for settings in many.map(lambda _: load(), range(16))}) == 1


def test_damaged_secrets_are_told_with_the_cure(folder: Path):
    (folder / "linli.secrets").write_text("secret_key = 'x'")
    assert "Remove" in faults()[0]


def test_with_secrets_of_its_own_nothing_is_kept(folder: Path):
    load(environ={"LINLI_SERVER__SECRET_KEY": "own-own-own", "LINLI_CARRIER__AUTH_TOKEN": "own-too-own"})
    assert list(folder.iterdir()) == []


def test_twilio_by_configuration_alone():
    settings = load(TWILIO)
    assert settings.server.public_url == "https://linli.example.org"
    assert settings.carrier.api_base == "https://api.twilio.com"
    assert not settings.carrier.is_simulated
    assert settings.carrier.clock_file is None


def test_the_environment_overrides_the_file_and_the_port_overrides_both():
    environ = {"LINLI_SERVER__PORT": "8081", "LINLI_DISPATCH__OFFER_MINUTES": "0.5", "PATH": "/bin"}
    settings = load("[server]\nport = 8080", environ)
    assert (settings.server.port, settings.dispatch.offer_minutes) == (8081, 0.5)
    assert load("[server]\nport = 8080", environ, port=9001).server.public_url == "http://127.0.0.1:9001"


def test_every_key_can_be_overridden():
    for section, key in KEYS:
        values = {
            "host": "localhost",
            "port": "81",
            "wave_size": "2",
            "url": "sqlite:///x.db",
            "kind": "simulated",
            "clock_file": "a.clock",
            "folder": "copies",
            "field_key": "a1" * 32,
            "media_hosts": "media.example.org",
            "proxy": "172.16.0.0/12",
        }
        default = "7" if key.endswith(("_minutes", "_hours", "_days", "_per_second")) else "http://127.0.0.1:5"
        given = values.get(key, default)
        # An account and its token are given together, or neither is; all of a provider, or nothing.
        account = {f"LINLI_SECOND_CARRIER__{name}": "0123456789abcdef01" for name in ("ACCOUNT_SID", "AUTH_TOKEN")}
        provider = {
            "LINLI_OIDC__ISSUER": "http://127.0.0.1:5",
            "LINLI_OIDC__CLIENT_ID": "x",
            "LINLI_OIDC__CLIENT_SECRET": "x",
        }
        together = {"second_carrier": account, "oidc": provider}.get(section, {})
        settings = load(environ={**together, f"LINLI_{section}__{key}".upper(): given})
        taken = str(getattr(getattr(settings, section), key))
        assert given.rstrip("/") in taken or float(taken) == float(given), (section, key, taken)


def test_values_may_come_from_the_environment_or_a_file(folder: Path):
    (folder / "token").write_text("  0123456789abcdef-token \n")
    text = TWILIO.replace('"0123456789abcdef0123456789abcdef"', '"file:token"').replace(
        '"a-long-and-random-text"', '"env:KEY"'
    )
    settings = load(text + '[dispatch]\nwave_size = "env:WAVE"', {"KEY": " 0123456789abcdef-key ", "WAVE": "4"})
    assert settings.carrier.auth_token == "0123456789abcdef-token"
    assert settings.server.secret_key == "0123456789abcdef-key"
    assert settings.dispatch.wave_size == 4


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        # Nobody listens in on the way to another machine; on this one there is no way.
        ("postgres://a:b%40c@db/linli", "postgresql+psycopg://a:b%40c@db/linli?sslmode=require"),
        ("postgresql://db/linli?sslmode=verify-full", "postgresql+psycopg://db/linli?sslmode=verify-full"),
        ("postgresql://db/linli?sslmode=disable", "postgresql+psycopg://db/linli?sslmode=disable"),
        ("postgresql://127.0.0.1/linli", "postgresql+psycopg://127.0.0.1/linli"),
        ("postgresql://localhost:5433/linli", "postgresql+psycopg://localhost:5433/linli"),
        ("postgresql:///linli?host=/run/postgresql", "postgresql+psycopg:///linli?host=%2Frun%2Fpostgresql"),
        ("sqlite:///other.db", "sqlite:///other.db"),
    ],
)
def test_databases(written: str, becomes: str):
    assert load(environ={"LINLI_DATABASE__URL": written}).database.url == becomes


@pytest.mark.parametrize(
    ("host", "reached_at"),
    [(EVERYWHERE, "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"), ("linli.local", "http://linli.local:8000")],
)
def test_where_the_server_is_reached(host: str, reached_at: str):
    assert load(environ={"LINLI_SERVER__HOST": host}).server.public_url == reached_at


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[server]\nport = 'x'", "[server] port should be a whole number from 1 to 65535."),
        ("[server]\nport = '8000'", "[server] port should be a whole number"),
        ("[server]\nproxy = 'the proxy'", "[server] proxy should be an address or a network"),
        ("[server]\nport = 0", "[server] port should be"),
        ("[server]\nport = 65536", "[server] port should be"),
        ("[server]\nport = true", "[server] port should be"),
        ("[server]\nport = 80.5", "[server] port should be"),
        ("[server]\nhost = 5", "[server] host should be text in quotes."),
        ("[server]\nhost = ''", "[server] host should be an address"),
        ("[server]\nhost = 'a b'", "[server] host should be an address"),
        (
            "[server]\npublic_url = 'linli.example.org'",
            "[server] public_url should be an address that starts with http",
        ),
        ("[server]\npublic_url = 'https://x/?a=1'", "[server] public_url should be"),
        ("[server]\npublic_url = 'https://x:port/'", "[server] public_url should be"),
        ("[server]\nsecret_key = 'changeme'", "[server] secret_key should be a secret of at least 16 characters"),
        ("[server]\npotr = 1", "[server] has no key potr; its keys are host, port"),
        ("[servre]\nport = 1", "[servre] is no section of the settings; they are [server], [database]"),
        ("port = 1", "[port] is no section"),
        ("[database]\nurl = 'mysql://x/y'", "[database] url should be sqlite:///FILE or postgresql://"),
        ("[database]\nurl = 'sqlite://'", "[database] url should be sqlite:///FILE"),
        ("[database]\nurl = 'linli.db'", "[database] url should be sqlite:///FILE"),
        ("[database]\nurl = 'sqlite:///none/linli.db'", "[database] url should be in a folder that exists"),
        ("[carrier]\nkind = 'twillio'", '[carrier] kind should be "simulated" or "twilio".'),
        ("[carrier]\nkind = ['twilio']", "[carrier] kind should be text in quotes."),
        (
            "[carrier]\nauth_token = 'env:NOWHERE'",
            "[carrier] auth_token should be set: the environment has no NOWHERE.",
        ),
        ("[carrier]\nauth_token = 'file:/no/where'", "[carrier] auth_token should be in a readable file: /no/where"),
        ("[dispatch]\noffer_minutes = 0", "[dispatch] offer_minutes should be a number of minutes above 0"),
        ("[dispatch]\noffer_minutes = nan", "[dispatch] offer_minutes should be"),
        ("[dispatch]\noffer_minutes = '5'", "[dispatch] offer_minutes should be"),
        ("[dispatch]\nwave_size = 1.5", "[dispatch] wave_size should be a whole number from 1 to 50."),
        ("[server\n", "The settings file config.toml is not TOML"),
        ("[server]\nport = 1\nport = 2", "The settings file config.toml is not TOML"),
    ],
)
def test_a_fault_is_one_sentence_that_names_section_key_and_what_would_be_right(text: str, says: str):
    (sentence,) = faults(text)
    assert says in sentence


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("LINLI_SERVER__POTR", "LINLI_SERVER__POTR names no setting"),
        ("LINLI_NOWHERE__PORT", "LINLI_NOWHERE__PORT names no setting"),
        ("LINLI_SERVER_PORT", "the name is LINLI_SERVER__PORT"),
    ],
)
def test_an_override_that_means_nothing_is_told(name: str, says: str):
    (sentence,) = faults(environ={name: "1"})
    assert says in sentence


def test_all_faults_are_told_at_once():
    told = faults("[server]\nport = -1\nx = 1\n[y]\n[dispatch]\nwave_size = 'a'", {"LINLI_CARRIER__KIND": "pigeon"})
    assert len(told) == 5


def test_twilio_names_everything_that_is_missing():
    told = faults("[carrier]\nkind = 'twilio'")
    assert [sentence.split(" is needed")[0] for sentence in told] == [
        "[server] public_url",
        "[server] secret_key",
        "[carrier] account_sid",
        "[carrier] auth_token",
    ]


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ('"a-long-and-random-text"', "secret_key"),
        ('"0123456789abcdef0123456789abcdef"', "auth_token"),
    ],
)
@pytest.mark.parametrize("weak", ["short", "changeme", "Your_Secret_Key"])
def test_with_a_real_carrier_weak_secrets_are_refused(secret: str, key: str, weak: str):
    (sentence,) = faults(TWILIO.replace(secret, f'"{weak}"'))
    assert key in sentence
    assert weak not in sentence


@pytest.mark.parametrize(
    ("api_base", "is_accepted"),
    [
        ("http://127.0.0.1:9900", True),
        ("http://localhost:9900", True),
        ("http://[::1]:9900", True),
        ("https://api.twilio.com", False),
        ("http://127.0.0.1.example.org", False),
        ("http://10.0.0.1", False),
    ],
)
def test_the_clock_is_wound_only_where_no_real_person_is_called(api_base: str, is_accepted: bool):
    text = TWILIO + f'api_base = "{api_base}"\nclock_file = "town.clock"'
    if is_accepted:
        assert load(text).carrier.clock_file == Path("town.clock").absolute()
    else:
        assert "[carrier] clock_file should be left empty" in faults(text)[0]


def test_files_that_cannot_be_read_are_told(folder: Path):
    for path, says in [(folder, "is a directory"), (folder / "none.toml", "no such file")]:
        with pytest.raises(SettingsError, match=says):
            Settings.load(path, {})
    (folder / "config.toml").write_bytes(b"[server]\nhost = '\xff'")
    with pytest.raises(SettingsError, match="not UTF-8"):
        Settings.load(folder / "config.toml", {})


def test_a_sentence_never_holds_the_database_password():
    for url in ("mysql://me:hunter22@x/y", "postgresql://me:hunter22@x:port/y"):
        assert "hunter22" not in str(faults(environ={"LINLI_DATABASE__URL": url}))
    assert "hunter22" not in repr(load(environ={"LINLI_DATABASE__URL": "postgresql://me:hunter22@x/y"}))


def test_code_never_reads_the_environment_by_itself():
    os.environ["LINLI_SERVER__PORT"] = "1"
    try:
        assert load().server.port == 8000
    finally:
        del os.environ["LINLI_SERVER__PORT"]
