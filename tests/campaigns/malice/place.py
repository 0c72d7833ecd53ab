"""A town into which hostile strings are put through every door, and where they are looked for afterwards."""

import re
from itertools import zip_longest
from urllib.parse import quote

import sqlalchemy as sa
from a_morning import PAGES
from board_town import PASSWORD, Browser
from town import DUTY, Town

from campaigns.malice.by_form import Pen
from campaigns.malice.by_line import Line
from campaigns.malice.by_list import Commands, put_in
from campaigns.malice.words import MARK
from dispatch.board.sheet_file import day_sheet
from models.base import Base
from models.jobs import Job
from models.menus import Menu
from models.people import Resident, Role, Staff, Volunteer, given_name
from models.places import Community, Meal
from models.recorded import RecordedPrompt
from models.requests import HelpRequest
from models.schema import migrate
from models.traffic import Message

_BLANK = re.compile(r"{(\w+)}")
DORA = "Dora"
_SOUNDS = ("audio/wav", "audio/x-wav", "audio/mpeg")
_LONGEST_ADDRESS = 300
# What shows everything of a row; the other pages of a row show some of it once more.
WHOLE = ("request", "job", "resident", "volunteer", "menu", "statement", "thread")
_WRITTEN = (*WHOLE, "enter", "edit_resident", "edit_volunteer", "new_resident")
# So many rows of a table are looked at for each string, those that came first.
_ROWS = 1
# Addresses that somebody may be sent: those where a page shows what was asked.
_QUESTIONS = (
    "/people?q={}", "/people?kind=volunteers&q={}", "/texts?q={}", "/enter?q={}", "/enter?resident=1&note={}",
)  # fmt: skip
# Those that should show nothing of it, or all: they are asked for several strings at once.
_OTHER_ADDRESSES = (
    "/nowhere/{}", "/login?next={}", "/people/twice?of=1&q={}", "/calls?q={}", "/help/pictures/{}", "/settings/{}",
    "/recorded?language={}", "/money?month={}", "/board/live?has={}", "/week/{}", "/numbers?kind={}", "/enter/people?q={}",
)  # fmt: skip
_TOGETHER = 6


class Place:
    """One town with the strings of one deck."""

    def __init__(self, folder, deck, *, shape="csv"):
        migrate(f"sqlite:///{folder}/linli.db")
        self.folder, self.deck, self.shape = folder, deck, shape
        self.town = Town(folder)
        self.town.database.engine.dispose()
        # The harness alone does not wait for the disk.
        sa.event.listen(self.town.database.engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=off"))
        self.town.staff(DORA, DUTY, role=Role.COORDINATOR, password=PASSWORD)
        self.commands = Commands(self.town, folder)
        self.found, self.refused = [], 0
        self.pen = Pen(self.town, deck, self.logged_in(DORA))
        self.line = Line(self.town, deck)

    def logged_in(self, name):
        """A client that has been let in."""
        browser = Browser(self.town, self.town.app.test_client())
        answer = browser.log_in(name)
        assert answer.status_code in (302, 303), f"{name!r} was not let in"
        return browser.client

    def cookie(self, client, language="en"):
        """What a browser holds that is logged in so, and reads that language."""
        with client.session_transaction() as session:
            session["language"] = language
        return client.get_cookie("linli").value

    def put_in(self):
        """Through every door; the forms last once more, for what came in by the others meanwhile."""
        self.refused = put_in(self.commands, self.deck, self.folder, self.shape)
        often = len(self.deck)
        self.pen.fill_in(self.paths_of_all(), often)
        self.pen.fill_in(self.paths_of_each(_WRITTEN, 10))
        self.line.put_in()
        self.town.wait(minutes=12)
        self.line.say_yes()
        self.pen.fill_in([*self.paths_of_all(), *self.paths_of_each(("request", "thread"), often)])
        self.found += [*self.pen.found, *self.line.found]

    def found_others(self):
        """By command: communities with such names and zones, each with somebody of the staff of such a name."""
        for at in range(len(self.deck)):
            number, language = f"+1212555{7000 + at}", ("en", "zh-CN")[at % 2]
            name, zone = self.deck.deal("community")[:80], self.deck.deal("zone by command")[:60]
            staff = self.deck.deal("staff by command")[:79] + "."  # a name that the forms have not taken yet
            founded = self.commands.run(
                "community", "add", "--number", number, "--timezone", "America/New_York", "--language", language,
                "--zones", f"{zone};Last", "--", name, community=False,
            )  # fmt: skip
            hired = self.commands.run(
                "staff", "add", "--role", "coordinator", "--password-stdin", "--community", number, "--", staff,
                given=PASSWORD, community=False,
            )  # fmt: skip
            self.refused += (founded.exit_code != 0) + (hired.exit_code != 0)

    def cookies_of_others(self):
        """What the browsers hold of those who work there."""
        with self.town.database.read() as session:
            elsewhere = Staff.community_id != self.town.community_id
            names = session.scalars(sa.select(Staff.name).where(elsewhere).order_by(Staff.id)).all()
        return [self.cookie(self.logged_in(name)) for name in names]

    # --- where to look ------------------------------------------------------------------------------------------------

    def paths_of_all(self):
        """The pages that are not about one row."""
        return [path for paths in PAGES.values() for path in paths if not _BLANK.search(path)]

    def paths_of_each(self, often=(), every=1):
        """The pages of the rows, each row's after the other's: those of the kinds `often` of all rows, the others of
        one row in `every`."""
        found = {}
        for at, ids in enumerate(self._ids()):
            for kind, paths in PAGES.items():
                if at % every == 0 or kind in often:
                    found |= dict.fromkeys(path.format(**ids) for path in paths if _BLANK.search(path))
        return list(found)

    def addresses(self):
        """Addresses with strings in them: of which pattern, the address, and what was put in."""
        for path in _QUESTIONS:
            for _ in range(len(self.deck)):
                typed = self.deck.deal(f"address {path}")[:_LONGEST_ADDRESS]
                yield path, path.format(quote(typed, safe="")), [typed]
        for path in _OTHER_ADDRESSES:
            for _ in range(0, len(self.deck), _TOGETHER):
                typed = " ".join(self.deck.deal(f"address {path}")[:_LONGEST_ADDRESS] for _ in range(_TOGETHER))
                yield path, path.format(quote(typed, safe="")), [typed]

    def kind_of(self, path):
        """Which door of the table an address belongs to."""
        return self.town.app.url_map.bind("").match(path.partition("?")[0], method="GET")[0].removeprefix("board.")

    def _ids(self):
        """Ids as the table of pages names them, row by row; of what there are fewer, the first stands in."""
        here, most = self.town.community_id, _ROWS * len(self.deck)
        with self.town.database.read() as session:
            rows = {
                kind: session.scalars(
                    sa.select(kind.id).where(kind.community_id == here).order_by(kind.id).limit(most)
                ).all()
                for kind in (Resident, Volunteer, HelpRequest, Job, Menu, Message)
            }
            meal = session.scalars(sa.select(Meal.id).where(Meal.community_id == here)).first()
        residents, volunteers, texts = rows[Resident], rows[Volunteer], rows[Message]
        lists = (residents, volunteers, rows[HelpRequest], rows[Job], rows[Menu], texts)
        for resident, volunteer, request, job, menu, text in zip_longest(*lists):
            yield {
                "rose": resident or residents[0], "zhu": resident or residents[0], "twin": residents[-1],
                "sam": volunteer or volunteers[0], "lee": volunteer or volunteers[0], "other": volunteers[-1],
                "errand": request or 1, "lunch": request or 1, "job": job or 1, "menu": menu or 1, "tomorrow": menu or 1,
                "text": text or texts[-1] if texts else 1, "meal": meal,
            }  # fmt: skip

    def wrong_in_sounds(self):
        """Recordings as files: each is named after what was recorded, and must be kept and not shown."""
        with self.town.database.read() as session:
            ids = session.scalars(sa.select(RecordedPrompt.id)).all()
        for row_id in ids:
            answer = self.pen.client.get(f"/recorded/{row_id}/file")
            told = answer.headers.get("Content-Disposition", "")
            is_kept = told.startswith("attachment; ") and answer.headers["X-Content-Type-Options"] == "nosniff"
            if answer.status_code != 200 or answer.mimetype not in _SOUNDS or not is_kept:
                yield f"the recording {row_id} was given out as {answer.status_code} {answer.mimetype} {told}"

    # --- what may be seen ---------------------------------------------------------------------------------------------

    def stored(self):
        """Every text in every table in which a mark stands; and of names, what is said of them by telephone."""
        with self.town.database.read() as session:
            for table in Base.metadata.sorted_tables:
                for row in session.execute(sa.select(table)).mappings():
                    for value in row.values():
                        yield from _texts_in(value)
            for kind in (Resident, Volunteer):
                yield from filter(MARK.search, map(given_name, session.scalars(sa.select(kind.name))))

    def day_sheet(self):
        """The sheet that lies ready on a computer for a day without a network."""
        path = self.folder / "sheet.html"
        with self.town.database.read() as session:
            community = session.get_one(Community, self.town.community_id)
            path.write_text(day_sheet(session, community, now=self.town.now), "utf-8")
        return path


def _texts_in(value):
    if isinstance(value, dict):
        yield from (text for part in (*value, *value.values()) for text in _texts_in(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in _texts_in(part))
    elif isinstance(value, str) and MARK.search(value):
        yield value
