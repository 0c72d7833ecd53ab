"""An installation on a sick-bed: a town behind a real web server, the exchange as its carrier, and a machine of any kind."""

import http.server
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import sqlalchemy as sa
from town import DUTY, LINE, ROSE, SAM
from werkzeug.serving import WSGIRequestHandler, make_server

from models.installation import Backup
from models.places import Community, Who
from scripts.doctor import examination
from scripts.doctor.findings import Finding
from scripts.doctor.machine import Certificate, Disk, Machine
from scripts.doctor.patient import Patient
from scripts.settings import Settings
from voice.exchange import Line
from voice.stand_in import stand_in_document

ACCOUNT, TOKEN = "AC" + "0" * 32, "t" * 32
SECOND_DUTY = "+12125550132"
EVERYTHING = ("meal", "errand", "ride", "repair", "visit")
GIGABYTE = 1_000_000_000


class Web:
    """A web server on this machine that says what it was told to, by the path; 404 elsewhere."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, dict[str, str]]] = {}
        self.asked: list[tuple[str, str]] = []
        web = self

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                web.asked.append((self.command, path))
                status, body, headers = web.pages.get(path) or web.pages.get("*") or (404, "nothing here", {})
                self.send_response_only(status)
                headers = {"Date": format_datetime(datetime.now(UTC), usegmt=True), "Content-Length": str(len(body.encode())),
                           **headers}  # fmt: skip
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def says(self, path: str, body: str, *, status: int = 200, **headers: str) -> str:
        """Say that there; returns the address."""
        self.pages[path] = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Quiet."""


class Ward:
    """One installation, all of it well; a test makes one thing wrong."""

    def __init__(self, folder: Path, found_town, web: Web) -> None:
        self.folder, self.web = folder, web
        # The port is taken before the house is built, for the house knows its own address.
        self.server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.town = found_town(environ={"LINLI_SERVER__PUBLIC_URL": self.url})
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self._people()
        self._backup()
        self.web.says("/bin", self.document())
        self.line()
        self.environ = {
            "LINLI_DATABASE__URL": self.town.url, "LINLI_SERVER__HOST": "127.0.0.1",
            "LINLI_SERVER__PORT": str(self.server.server_port), "LINLI_SERVER__PUBLIC_URL": self.url,
            "LINLI_SERVER__SECRET_KEY": "s" * 40, "LINLI_CARRIER__KIND": "twilio",
            "LINLI_CARRIER__ACCOUNT_SID": ACCOUNT, "LINLI_CARRIER__AUTH_TOKEN": TOKEN,
            "LINLI_CARRIER__API_BASE": f"{self.url}/exchange", "LINLI_WATCH__DEAD_MANS_URL": f"{self.web.url}/ping",
            "LINLI_BACKUP__FOLDER": str(folder / "backups"),
        }  # fmt: skip
        self.machine = Machine(disk_at=self._disk)
        self.disks = {"database": Disk(1, 100 * GIGABYTE, 50 * GIGABYTE, 0.9, True),
                      "backups": Disk(2, 100 * GIGABYTE, 50 * GIGABYTE, 0.9, True)}  # fmt: skip
        self.config: Path | None = None
        self.is_quick = False
        self.fallback_url = ""

    def _serve(self, environ, start):
        return self.town.app(environ, start)

    def _people(self) -> None:
        town = self.town
        town.resident("Rose", ROSE)
        town.volunteer("Sam", SAM, services=EVERYTHING)
        town.staff("Dora", DUTY)
        town.staff("Ella", SECOND_DUTY)
        town.menu("Soup", days=1)
        town.menu("Rice", meal="dinner", days=1)
        with town.database.begin() as session:
            session.execute(sa.update(Community).values(second_factor_for=Who.COORDINATORS))
        town.settle()  # the server has looked around once

    def _backup(self) -> None:
        (self.folder / "backups").mkdir()
        (self.folder / "backups" / "good.db").touch()
        with self.town.database.begin() as session:
            made_at = self.town.now - timedelta(minutes=30)
            session.add(Backup(name="good.db", made_at=made_at, size_bytes=1, verified_at=made_at))

    def document(self) -> str:
        """What should be heard while this town is down."""
        with self.town.database.read() as session:
            return stand_in_document(session, self.town._community(session), now=self.town.now)

    def line(self, **differs: str) -> None:
        """Set the number up at the exchange as the README says, but for what differs."""
        retry = "#rc=2&rp=all"
        right = {"number": LINE, "voice_url": f"{self.url}/voice{retry}", "sms_url": f"{self.url}/sms{retry}",
                 "status_url": f"{self.url}/voice/status{retry}", "voice_fallback_url": f"{self.web.url}/bin"}  # fmt: skip
        self.town.exchange.plant.lines = lambda: [Line(**{**right, **differs})]

    def _disk(self, folder: Path) -> Disk:
        return self.disks["backups" if folder.name == "backups" else "database"]

    def disk(self, place: str, **differs: object) -> None:
        """A disk that is in another state."""
        self.disks[place] = replace(self.disks[place], **differs)

    def shows_certificate(self, **shown: object) -> None:
        """Every server shows this certificate."""
        self.machine = replace(self.machine, certificate_of=lambda host, port: Certificate(**shown))

    def carrier_says(self, path: str, body: str, *, status: int = 200, **headers: str) -> None:
        """Another carrier, which says this at one of Twilio's paths, and is otherwise content with us."""
        root = f"/2010-04-01/Accounts/{ACCOUNT}"
        self.environ["LINLI_CARRIER__API_BASE"] = self.web.url
        self.web.pages.setdefault(f"{root}.json", (200, '{"status": "active", "type": "Full"}', {}))
        self.web.says(path.replace("$", root), body, status=status, **headers)

    def patient(self) -> Patient:
        """What the doctor looks at."""
        return Patient(
            Settings.load(self.config, self.environ), config=self.config, environ=self.environ, clock=self.town.clock,
            is_quick=self.is_quick, fallback_url=self.fallback_url, machine=self.machine,
        )  # fmt: skip

    def found(self) -> dict[str, Finding]:
        """What the doctor finds, by key; of several alike the first."""
        told: dict[str, Finding] = {}
        for each in examination.examine(self.patient()):
            told.setdefault(each.key, each)
        return told

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()


def number(ward: Ward, **differs: object) -> Mapping[str, object]:
    """A number as Twilio writes it, set up for us but for what differs."""
    right = {"phone_number": LINE, "capabilities": {"voice": True, "sms": True}, "voice_method": "POST", "sms_method": "POST",
             "voice_url": f"{ward.url}/voice#rc=2", "sms_url": f"{ward.url}/sms#rc=2", "status_callback_method": "POST",
             "status_callback": f"{ward.url}/voice/status#rc=2", "voice_fallback_url": f"{ward.web.url}/bin"}  # fmt: skip
    return {**right, **differs}
