"""A parish whose every person has words of their own in every field, and what befalls it day by day."""

import random
import re
import socket
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from a_morning import PAGES
from board_town import token_in
from town import Town

from campaigns.hamlet import ROSE, a_text
from campaigns.malice.by_list import Commands
from campaigns.privy.birds import PIN, bird
from campaigns.privy.ears import Ears
from campaigns.sim import office
from campaigns.slow import FORM, running
from dispatch.asking import place_help, soon
from dispatch.board.sheet_file import day_sheet
from dispatch.day_sheets import DaySheets
from dispatch.founding import hashed_pin
from dispatch.history import note
from dispatch.keeping import keep_copies
from dispatch.telling import tell, write_words
from models.errors import Refusal
from models.jobs import Channel, Job, Offer, OfferState
from models.lifecycle import State
from models.menus import Menu
from models.people import Contact, Resident, Role, Staff, Volunteer
from models.places import Meal
from models.requests import HelpRequest, Source
from models.traffic import Message
from voice.prompts import catalog

RESIDENTS, VOLUNTEERS = 6, 3
_GIVEN = ("Rose", "Karl", "Anna", "Otto", "Mei", "Ida", "Sam", "Lee", "Mia")
KITCHEN, STRANGER, DORA, NED, FAR = (f"+121255521{n:02d}" for n in range(5))
_PASSWORD = f"{bird('password')} correct horse"
_BLANK = re.compile(r"{(\w+)}")
_DISHES = ("Soup", "Noodles", "Fish")


def number_of_resident(at):
    """Her telephone."""
    return f"+12125552{at:03d}"


def number_of_volunteer(at):
    """His."""
    return f"+121255522{at:02d}"


def number_of_contact(at):
    """That of whoever is to be told."""
    return f"+121255523{at:02d}"


class HeardTown(Town):
    """A town with ears at every door, and a carrier's client that writes its log as over a real network."""

    def _build(self):
        super()._build()
        self.app.wsgi_app = self.ears.around(self.app.wsgi_app)


class Parish:
    """The town, its people, and their days."""

    def __init__(self, folder, seed=1):
        self.folder, self.dice = folder, random.Random(seed)
        self.ears = HeardTown.ears = Ears(self)
        copies = {"LINLI_BACKUP__FOLDER": str(folder / "backups"), "LINLI_BACKUP__KEEP_DAYS": "3"}
        self.town = HeardTown(folder, environ=copies | {
            "LINLI_SERVER__SECRET_KEY": bird("key") * 4, "LINLI_CARRIER__AUTH_TOKEN": bird("token") * 4,
            "LINLI_SHEET__FOLDER": str(folder / "sheets"),
        })  # fmt: skip
        self._move_in()
        self.sheets = DaySheets(
            self.town.database, folder / "sheets", draw=day_sheet, stopwatch=lambda: self.town.elapsed
        )
        self.commands = Commands(self.town, folder)
        self.commands.env |= copies
        self.nobody = self.town.app.test_client()

    def _move_in(self):
        town = self.town
        for at in range(RESIDENTS):
            town.resident(f"{_GIVEN[at]} {bird('surname', at)}", number_of_resident(at), zone=at % 2,
                          language=("en", "zh-CN")[at % 2], address=f"{bird('address', at)} Lane 7",
                          diet=f"no {bird('diet', at)}", contact=(f"Greta {bird('contact', at)}", number_of_contact(at)))  # fmt: skip
        for at in range(VOLUNTEERS):
            town.volunteer(f"{_GIVEN[-1 - at]} {bird('helper', at)}", number_of_volunteer(at), max_per_day=9,
                           services=("meal", "errand", "ride", "repair", "visit"))  # fmt: skip
        town.staff(f"Dora {bird('clerk')}", DORA, role=Role.COORDINATOR, password=_PASSWORD)
        town.staff(f"Ned {bird('clerk', 1)}", NED, password=_PASSWORD)
        town.kitchen("Kitchen", KITCHEN)
        town.telephone(STRANGER)
        with town.database.begin() as session:
            for at, one in enumerate(session.scalars(sa.select(Resident).order_by(Resident.id))):
                one.door_note, one.hardship = f"key at {bird('door', at)}", bird("hardship", at)
            session.scalars(sa.select(Staff).order_by(Staff.id)).first().pin_hash = hashed_pin(PIN)
        self._found_another()
        for day in range(9):
            town.menu(*_DISHES, days=day)
        for at in range(2):
            town.standing_order(f"{_GIVEN[at]} {bird('surname', at)}")

    def _found_another(self):
        """The next community, with people and staff of its own."""
        run = Commands(self.town, self.folder).run
        of = ("--number", FAR)
        run("community", "add", *of, "--timezone", "America/New_York", "--language", "en", "--zones", "Far", "--", "Far Hill",
            community=False)  # fmt: skip
        run("staff", "add", "--role", "coordinator", "--password-stdin", "--community", FAR, "--", f"Fay {bird('elsewhere')}",
            given=_PASSWORD, community=False)  # fmt: skip

    def _logged_in(self, name, who):
        client = self.town.app.test_client()
        client.environ_base["parish.who"] = who
        with self.town.database.read() as session:
            whole = session.scalars(sa.select(Staff.name).where(Staff.name.startswith(name))).one()
        data = {"name": whole, "password": _PASSWORD, "csrf_token": token_in(client.get("/login").text), "next": ""}
        assert client.post("/login", data=data).status_code in (302, 303)
        return client

    # --- who is who ---------------------------------------------------------------------------------------------------

    def text_to(self, number):
        """What a text to that number is called."""
        return f"text to {self._who(number)}"

    def call_to(self, number):
        """What a call of ours to that number is called."""
        who = self._who(number)
        return f"call to {who if who in ('a resident', 'a volunteer', 'staff') else 'somebody else'}"

    def _who(self, number):
        if number in (DORA, NED):
            return "staff"
        if number == KITCHEN:
            return "the kitchen"
        kinds = (
            (number_of_resident, "a resident"),
            (number_of_volunteer, "a volunteer"),
            (number_of_contact, "a contact"),
        )
        return next(
            (who for number_of, who in kinds for at in range(RESIDENTS) if number_of(at) == number), "a stranger"
        )

    def is_hers(self, number, at):
        """Is it the number of that resident, or of whoever is to be told of her?"""
        return number in (number_of_resident(at), number_of_contact(at))

    def holds_job_of(self, number, at):
        """Has whoever has that number taken something for that resident?"""
        with self.town.database.read() as session:
            mine = (
                sa.select(HelpRequest.id)
                .join(Job, HelpRequest.job_id == Job.id)
                .join(Volunteer, Job.volunteer_id == Volunteer.id)
            )
            hers = mine.where(Volunteer.phone == number, Job.state == State.TAKEN, HelpRequest.resident_id == at + 1)
            return session.scalars(hers).first() is not None

    def words_at_doors(self, to):
        """The words by which others know each other at the door now."""
        with self.town.database.read() as session:
            taken = sa.select(HelpRequest).where(HelpRequest.state == State.TAKEN)
            return {
                catalog(one.resident.language).words[one.code_word % len(catalog(one.resident.language).words)]
                for one in session.scalars(taken)
                if not self.is_hers(to, one.resident_id - 1) and (one.job is None or one.job.volunteer.phone != to)
            }

    # --- a day --------------------------------------------------------------------------------------------------------

    def live(self, days):
        """So many days, with all that can happen to people, and all that can go wrong."""
        for day in range(days):
            self._until(9)
            # A login lasts a week at the most, and half a day without work.
            self.staff, self.far = self._logged_in("Dora", "staff"), self._logged_in("Fay", "elsewhere")
            self._morning(day)
            self._office()
            for _ in range(6):
                self.town.wait(minutes=40)
                self._answer_offers()
                self._office()
            self._finish()
            self._callers_of_all_kinds(day)
            self._look_at_everything()
            self._what_goes_wrong()
            self._keep()
            self._until(20)
            self._finish()
            self._keep()
        self.at_the_real_server()

    def _until(self, hour):
        local = self.town.now - timedelta(hours=5)
        ahead = (timedelta(hours=hour) - timedelta(hours=local.hour, minutes=local.minute)) % timedelta(days=1)
        self.town.wait(hours=ahead / timedelta(hours=1))

    def _morning(self, day):
        for at in range(RESIDENTS):
            hers = self.town.telephone(number_of_resident(at))
            if hers.state == "ringing":
                hers.answer()
                hers.press(self.dice.choice("12"))
                self._hang_up(hers)
            what = (at + day) % 5
            if what == 0:
                self._asks_for_help(hers, at)
            elif what == 1:
                hers.text(f"Please {bird('text', at)} and tell {bird('surname', at)}")
            elif what == 2:
                hers.text(f"errand {bird('note', at)}")
            else:
                hers.dial()
                hers.press("1")
                self._hang_up(hers)
            if day == 0:
                hers.text(f"Please {bird('text', at)}")
                self._enters_by_hand(at)
        self._enters_by_hand(day % RESIDENTS)

    def _asks_for_help(self, hers, at):
        hers.dial()
        for key in "211":
            hers.press(key)
        if hers.state == "recording":
            hers.speak(f"{bird('note', at)} for {bird('surname', at)}")
            hers.press("1")
        self._hang_up(hers)

    def _enters_by_hand(self, at):
        """Staff note what somebody asks for, and write to a volunteer."""
        with self.town.database.begin() as session:
            her = session.get_one(Resident, at + 1)
            service = next(one for one in her.community.services if one.code == "errand")
            start, end = soon(her.community, self.town.now)
            request = place_help(session, her, service, wanted_from=start, wanted_until=end, source=Source.STAFF,
                                 who="staff 1", now=self.town.now, note=f"milk, {bird('note', at)}")  # fmt: skip
            note(session, request, "note", who="staff 1", now=self.town.now, why=f"{bird('written', at)} sounded tired")
            session.flush()
            write_words(session, her.community, number_of_volunteer(0), "Thank you for yesterday", who="staff 1",
                        now=self.town.now)  # fmt: skip
        self.town.settle()

    def _answer_offers(self):
        with self.town.database.read() as session:
            asked = session.scalars(sa.select(Offer).where(Offer.state == OfferState.OPEN).order_by(Offer.id)).all()
            numbers = [(one.volunteer.phone, one.job.code) for one in asked]
        for number, code in numbers:
            self.town.telephone(number).text(f"{self.dice.choice('1112')} {code}")

    def _finish(self):
        """What was taken is done; now and then nobody opened, or somebody worries."""
        with self.town.database.read() as session:
            taken = session.scalars(sa.select(Job).where(Job.state == State.TAKEN).order_by(Job.id)).all()
            held = [(job.volunteer.phone, job.code) for job in taken]
        for number, code in held:
            self.town.telephone(number).text(f"{self.dice.choice('33356')} {code}")

    def _office(self):
        """Whoever sits at the board does what is there to be done."""
        for act in (
            office.acknowledge,
            office.ring_back,
            office.read_texts,
            office.ask_again,
            office.assign,
            office.end_request,
        ):
            try:
                with self.town.database.begin() as session:
                    staff = session.scalars(sa.select(Staff).order_by(Staff.id)).first()
                    if act in (office.assign, office.end_request) and self.dice.random() < 0.7:
                        continue
                    act(session, staff, self.dice, self.town.now)
            except Refusal:
                continue
            self.town.settle()

    def _callers_of_all_kinds(self, day):
        """Strangers, withheld numbers, and whoever says he is somebody else: the number is the only thing he has."""
        stranger = self.town.telephone(STRANGER)
        for keys in (("1", "1"), ("3",), ("0",)):
            stranger.dial(withheld=day % 2 == 1)
            for key in keys:
                self._press(stranger, key)
            self._hang_up(stranger)
        stranger.text(f"where lives {_GIVEN[day % RESIDENTS]}?")
        for at in range(RESIDENTS):
            spoofed = self.town.telephone(number_of_resident(at))
            for keys in (("3", "1"), ("3", "2"), ("2", "9"), ("4",), ("0", "0"), ("*", "9")):
                spoofed.dial()
                for key in keys:
                    self._press(spoofed, key)
                self._hang_up(spoofed)
        for number in (number_of_volunteer(0), number_of_contact(1), DORA, NED):
            somebody = self.town.telephone(number)
            somebody.dial()
            for key in ("6", *PIN) if number == DORA else ("3", "1"):
                self._press(somebody, key)
            self._hang_up(somebody)
            somebody.text("?")
        self._not_well(day)

    def _not_well(self, day):
        """An alarm: 8 in the menu, or whatever says so."""
        hers = self.town.telephone(number_of_resident(day % RESIDENTS))
        hers.text("I fell, help")
        self.town.wait(minutes=20)
        for number in (DORA, NED, number_of_contact(day % RESIDENTS)):
            telephone = self.town.telephone(number)
            if telephone.state == "ringing":
                telephone.answer()
                self._press(telephone, "1")
                self._hang_up(telephone)

    def _press(self, telephone, key):
        if telephone.state == "talking" and self.town.exchange.handset(telephone.number)["expects"] in (
            "keys",
            "words",
        ):
            telephone.press(key)

    def _hang_up(self, telephone):
        if telephone.state not in ("idle", "ringing"):
            telephone.hang_up()

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look_at_everything(self):
        """Every page, by whoever may, by another community's staff, and by nobody."""
        ids = self._ids()
        for path in [path.format(**ids) for paths in PAGES.values() for path in paths]:
            for client in (self.staff, self.far, self.nobody):
                client.get(path)
        self.staff.get(f"/people?q={bird('surname')}")
        self.nobody.get("/healthz")

    def _ids(self):
        with self.town.database.read() as session:
            first = {kind: session.scalars(sa.select(kind.id).order_by(kind.id.desc())).first() or 1
                     for kind in (HelpRequest, Job, Menu, Message)}  # fmt: skip
            meal = session.scalars(sa.select(Meal.id)).first()
        day = self.town.now.timetuple().tm_yday
        return {"rose": 1 + day % RESIDENTS, "zhu": 2, "twin": RESIDENTS, "sam": 1, "lee": 2, "other": VOLUNTEERS,
                "errand": first[HelpRequest], "lunch": max(1, first[HelpRequest] - 1), "job": first[Job], "menu": first[Menu],
                "tomorrow": 1, "text": first[Message], "meal": meal}  # fmt: skip

    def _what_goes_wrong(self):
        """What is not there, not allowed, not understood, and what breaks."""
        token = token_in(self.staff.get("/").text)
        for client in (self.staff, self.far, self.nobody):
            for path in (
                f"/nowhere/{bird('surname')}",
                f"/people/{bird('address')}",
                "/requests/999999",
                "/residents/1",
            ):
                client.get(path)
            client.post("/enter", data={"note": bird("note"), "csrf_token": "not this one"})
            client.post("/healthz", data={"name": bird("surname")})
            client.post("/enter", data={"note": bird("note") * 9000, "csrf_token": token})
            client.post("/voice", data={"From": number_of_resident(1), "Body": bird("text")})
            client.post(
                "/sms", data={"From": number_of_resident(1), "Body": bird("text")}, headers={"X-Twilio-Signature": "x"}
            )
            client.post("/login", data={"name": f"Dora {bird('clerk')}", "password": bird("pass"), "csrf_token": token})
        with self._ill_storage():
            self._calls_and_pages()
        with self._broken():
            self._calls_and_pages()
        self.town.wait(minutes=3)
        self._commands_that_fail()

    def _calls_and_pages(self):
        for client in (self.staff, self.nobody):
            for path in ("/", "/people", "/residents/1", "/healthz"):
                client.get(path)
        for telephone in (self.town.telephone(number_of_resident(2)), self.town.telephone(STRANGER)):
            telephone.dial()
            self._press(telephone, "1")
            self._hang_up(telephone)
            self.town.exchange.text(telephone.number, self.town.line, f"again {bird('text', 2)}")
            self.town.settle()

    @contextmanager
    def _ill_storage(self):
        """Whatever would be written fails, as on a full disk: the driver's words come into the log with the statement."""
        engine = self.town.database.engine

        def fail(connection, cursor, statement, *_):
            if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
                raise engine.dialect.dbapi.OperationalError("database or disk is full")

        sa.event.listen(engine, "before_cursor_execute", fail)
        try:
            yield
        finally:
            sa.event.remove(engine, "before_cursor_execute", fail)

    @contextmanager
    def _broken(self):
        """A fault of ours in whatever reads a row of a person: there is a traceback."""

        def fail(target, context):
            if not self.ears.is_busy:
                raise RuntimeError(f"a fault of ours at row {target.id}")

        sa.event.listen(Resident, "load", fail)
        try:
            yield
        finally:
            sa.event.remove(Resident, "load", fail)

    def _commands_that_fail(self):
        """What an operator sees while others look over the shoulder."""
        lists = self.folder / "bad.csv"
        lists.write_text(f"name,phone,zone\n{bird('surname')},not a number {bird('door')},{bird('address')}\n", "utf-8")
        for words, community in (
            (("doctor", "--quick"), False), (("community", "list"), False), (("watch", "--once"), False),
            (("audit", "verify"), False), (("import", "residents", str(lists)), True), (("backup",), False),
            (("forget", "resident", "999"), True), (("file", "resident", "999"), True), (("export", "nothing"), True),
            (("restore", str(lists)), False), (("migrate",), False), (("meals", "close", "2026-01-01", "lunch"), True),
        ):  # fmt: skip
            self._command(*words, community=community)

    def say_something(self, said):
        """Have the program say something of that kind."""
        {
            "answer to a caller": lambda: self._ring(number_of_resident(0)),
            "call to a resident": lambda: self._call(Resident, number_of_resident(2)),
            "call to a volunteer": lambda: self._call(Volunteer, number_of_volunteer(0)),
            "call to staff": lambda: self._call(Staff, DORA),
            "call to somebody else": lambda: self._call(Contact, number_of_contact(0)),
            "log of the server": lambda: self.at_the_real_server(bird("surname", 99)),
            "answer to a post": lambda: self.town.telephone(number_of_resident(0)).text("hello"),
            "page for another community": lambda: self.far.get("/people"),
            "page for nobody": lambda: self.nobody.get("/login"),
            "error page": lambda: self.staff.get("/nowhere"),
            "login that asks again": self._log_in_in_vain,
            "/healthz": lambda: self.nobody.get("/healthz"),
            "what a command prints": lambda: self._command("export", bird("surname", 99)),
        }[said]()  # fmt: skip

    def _log_in_in_vain(self):
        token = token_in(self.nobody.get("/login").text)
        self.nobody.post("/login", data={"name": "Dora", "password": "not it", "csrf_token": token})

    def _command(self, *words, community=True):
        ended = self.commands.run(*words, community=community)
        said = "what is wrong in a list" if words[0] == "import" else "what a command prints"
        self.ears.hear(said, f"{ended.output}\n{ended.stderr}")

    def _call(self, kind, number):
        with self.town.database.begin() as session:
            person = session.scalars(sa.select(kind).where(kind.phone == number)).first()
            tell(session, person, "goodbye", now=self.town.now, by=Channel.CALL, may_wake=True)
        telephone = self.town.telephone(number)
        if telephone.rings(minutes=3):
            telephone.answer()
            self._hang_up(telephone)

    def at_the_real_server(self, planted=""):
        """What the server that scripts/run starts writes down of true posts, false ones, and what is no request at all."""
        folder = self.folder / f"server{len(list(self.folder.glob('server*')))}"
        folder.mkdir()
        with running(folder) as server:
            for number in range(3):
                told = a_text(f"SM{number:032x}", ROSE, f"{bird('text', 5)} at {bird('address', 5)}")
                server.ask("POST", told.path, urlencode(told.form), {**FORM, **told.headers})
                server.ask("POST", told.path, urlencode(told.form), {**FORM, "X-Twilio-Signature": bird("token")})
                server.ask("GET", f"/people?q={bird('surname')}")
                server.ask("POST", "/login", urlencode({"name": bird("clerk"), "password": bird("password")}), FORM)
            for line in (b"GET /%s\r\n\r\n", b"%s / HTTP/9\r\n\r\n", b"GET / HTTP/1.1\r\n%s\r\n\r\n",
                         b"POST / HTTP/1.1\r\nContent-Length: %s\r\n\r\n"):  # fmt: skip
                with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
                    raw.sendall(line % bird("surname").encode())
                    raw.recv(4096)
            server.terminate()
            written = server.log()
        for line in [*written.splitlines(), *([planted] if planted else [])]:
            self.ears.hear("log of the server", line)

    def _ring(self, number):
        telephone = self.town.telephone(number)
        telephone.dial()
        self._hang_up(telephone)

    def _keep(self):
        """What is kept beside the database: copies, and the sheet for a day without a network."""
        keep_copies(self.town.database, self.town.settings.backup, now=self.town.now)
        self.sheets.keep(now=self.town.now)
        self.town.settle()
