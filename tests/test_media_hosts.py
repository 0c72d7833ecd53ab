"""A recording is fetched from the carrier, and from where its own answer leads only if that is its file store."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.settings import Settings, SettingsError
from voice.carrier.client import Account, Carrier
from voice.carrier.errors import CarrierError, Remedy
from voice.carrier.media import hosts_of, may_be_fetched

OUTSIDE, SOUND = ["93.184.216.34"], b"RIFF of somebody"
HOSTS = (".twilio.com", "media.example.org")


@pytest.mark.parametrize(
    ("url", "addresses", "may"),
    [
        ("https://api.twilio.com/x.wav", OUTSIDE, True),
        ("https://mcs.us1.twilio.com/x.wav", OUTSIDE, True),
        ("https://media.example.org:443/x.wav", OUTSIDE, True),
        ("http://api.twilio.com/x.wav", OUTSIDE, False),
        ("https://api.twilio.com:8443/x.wav", OUTSIDE, False),
        ("https://evil.example.com/x.wav", OUTSIDE, False),
        ("https://eviltwilio.com/x.wav", OUTSIDE, False),
        ("https://api.twilio.com.evil.example/x.wav", OUTSIDE, False),
        ("https://sub.media.example.org/x.wav", OUTSIDE, False),
        ("https://api.twilio.com@evil.example/x.wav", OUTSIDE, False),
        ("https://user:word@api.twilio.com/x.wav", OUTSIDE, False),
        ("file:///etc/passwd", OUTSIDE, False),
        ("ftp://api.twilio.com/x.wav", OUTSIDE, False),
        ("https://127.0.0.1/x.wav", ["127.0.0.1"], False),
        ("https://[::1]/x.wav", ["::1"], False),
        ("https://169.254.169.254/latest/meta-data", ["169.254.169.254"], False),
        ("https://[not an address", OUTSIDE, False),
        ("https://api.twilio.com:99999/x.wav", OUTSIDE, False),
        # The name is the carrier's, and what is behind it is not: a name server that was lied to.
        ("https://api.twilio.com/x.wav", ["127.0.0.1"], False),
        ("https://api.twilio.com/x.wav", ["169.254.169.254"], False),
        ("https://api.twilio.com/x.wav", ["10.0.0.7"], False),
        ("https://api.twilio.com/x.wav", ["192.168.1.1"], False),
        ("https://api.twilio.com/x.wav", ["100.64.0.1"], False),
        ("https://api.twilio.com/x.wav", ["fe80::1%eth0"], False),
        ("https://api.twilio.com/x.wav", ["fd00::1"], False),
        ("https://api.twilio.com/x.wav", ["::ffff:127.0.0.1"], False),
        ("https://api.twilio.com/x.wav", [*OUTSIDE, "127.0.0.1"], False),
        ("https://api.twilio.com/x.wav", [], False),
        ("", OUTSIDE, False),
    ],
)
def test_only_the_carriers_file_store_in_the_world_outside_is_asked(url, addresses, may):
    assert may_be_fetched(url, HOSTS, resolve=lambda host: addresses) is may


def test_twilios_store_is_known_for_twilio_and_nobody_else():
    assert ".twilio.com" in hosts_of("api.twilio.com", ())
    assert ".twilio.com" in hosts_of("api.ie1.twilio.com", ())
    assert hosts_of("sip.example.org", ("media.example.org",)) == ("media.example.org",)
    assert hosts_of("nottwilio.com", ()) == ()


class Store(ThreadingHTTPServer):
    """A carrier, or what stands where nobody should be led."""

    def __init__(self, location=""):
        super().__init__(("127.0.0.1", 0), Answer)
        self.location, self.asked = location, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        is_led = self.server.location and "/elsewhere" not in self.path
        self.send_response(302 if is_led else 200)
        if is_led:
            self.send_header("Location", self.server.location)
        self.end_headers()
        self.wfile.write(b"" if is_led else SOUND)

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def stores():
    made = []
    yield lambda location="": made.append(Store(location)) or made[-1]
    for one in made:
        one.shutdown()
        one.server_close()


def fetch(carrier):
    return Carrier(Account("AC" + "0" * 32, "t" * 32, carrier.base)).fetch_recording("RE" + "1" * 32)


def test_a_recording_that_is_there_is_fetched(stores):
    assert fetch(stores())[0] == SOUND


def test_at_its_own_origin_the_carrier_may_lead_on(stores):
    carrier = stores("/elsewhere/x.wav")
    assert fetch(carrier)[0] == SOUND
    assert len(carrier.asked) == 2


@pytest.mark.parametrize("path", ["{0}/elsewhere", "https://127.0.0.1:{1}/elsewhere", "//127.0.0.1:{1}/elsewhere",
                                  "http://localhost:{1}/elsewhere", "file:///etc/passwd", "https://169.254.169.254/x",
                                  "https://[::1]:{1}/elsewhere"])  # fmt: skip
def test_nobody_within_our_own_network_is_asked(stores, path):
    inside = stores()
    carrier = stores(path.format(inside.base, inside.server_port))
    with pytest.raises(CarrierError) as error:
        fetch(carrier)
    assert error.value.remedy is Remedy.STOP
    assert inside.asked == []


def test_whoever_leads_in_a_circle_is_left(stores):
    carrier = stores("/again")
    with pytest.raises(CarrierError):
        fetch(carrier)
    assert len(carrier.asked) == 4


@pytest.mark.parametrize("text", ["127.0.0.1", "https://media.example.org", "*", "media", ".org/x"])
def test_a_host_that_is_none_is_refused_at_the_start(text):
    with pytest.raises(SettingsError, match="media_hosts"):
        Settings.load(None, {"LINLI_CARRIER__MEDIA_HOSTS": text})


def test_hosts_are_named_in_the_settings():
    settings = Settings.load(None, {"LINLI_CARRIER__MEDIA_HOSTS": "media.example.org .files.example.net"})
    assert settings.carrier.media_hosts == ("media.example.org", ".files.example.net")
