"""A morning in the town: something of everything that a page can show, and which page each door is looked at by."""

from board_town import Town

from dispatch.board.pages.parts import LABELS
from dispatch.ordering import send_out
from dispatch.rounds import close_menu
from dispatch.taking import assign
from dispatch.working import miss
from models.menus import Menu, StandingOrder
from models.people import Absence, Resident, Volunteer
from models.requests import HelpRequest
from models.traffic import Call, Delivery, Direction, Outcome


def live_a_morning(town: Town) -> dict[str, int]:
    """Something of everything that a page can show; ids by what they are."""
    errand, lunch = town.errand("rose", "M" * 300), town.lunch("gao")
    town.lunch("zhu")
    town.text_from("+8617000002001", "W" * 1600, "rose")
    text = town.text_from("+8617000007777", "hello")
    town.callback("+8617000004444")
    for minutes in (1, 11, 11):
        town.wait(minutes=minutes)
    chen = town.browser()
    chen.see("/settings")
    chen.press("/settings/emergency", emergency_number="999")
    chen.press("/settings/words", phrase="oh aye", means="volunteer.1", language="en")
    town.browser("Ai Ding").see("/settings/hours", 403)  # whoever was turned away stands among the log-ins
    with town.database.begin() as session:
        sam = session.get_one(Volunteer, town.ids["sam"])
        assign(session, session.get_one(HelpRequest, errand).job, sam, who="staff 1", now=town.now)
        send_out(session, [session.get_one(HelpRequest, lunch)], who="staff 1", now=town.now)
        miss(session, session.get_one(HelpRequest, lunch), who="staff 1", now=town.now)
        sam.absences.append(Absence(kind="hospital", from_date=town.now.date()))
        menu = session.get_one(Menu, town.ids["lunch"])
        close_menu(session, menu, who="staff 1", now=town.now)
        session.add(
            StandingOrder(community_id=menu.community_id, resident_id=town.ids["zhu"], meal_id=menu.meal_id, days=[])
        )
        rose = session.get_one(Resident, town.ids["rose"])
        twin = Resident(
            community_id=rose.community_id, name="Rosa Miller", phone=rose.phone, language="en", zone_id=rose.zone_id
        )
        helper = session.get_one(Volunteer, town.ids["lee"])
        other = Volunteer(
            community_id=rose.community_id, name="Lee Qiang", phone=helper.phone, language="en", days=[], max_per_day=1
        )
        for phone, talk in (("anonymous", None), (rose.phone, {"place": "person", "picks": {}})):
            session.add(
                Call(
                    community_id=menu.community_id, direction=Direction.INBOUND, phone=phone, talk=talk,
                    state=Delivery.LIVE if talk else Delivery.ENDED, made_at=town.now, started_at=town.now,
                    ended_at=None if talk else town.now, outcome=None if talk else Outcome.HEARD,
                )
            )  # fmt: skip
        session.add_all([twin, other])
        session.flush()
        return {
            "errand": errand, "lunch": lunch, "text": text, "job": town.job_of(errand), "menu": menu.id,
            "meal": menu.meal_id, "twin": twin.id, "other": other.id, **town.ids,
        }  # fmt: skip


# Which page each door is looked at by; several where it has several faces.
PAGES: dict[str, tuple[str, ...]] = {
    "home": ("/",),
    "lane": ("/lanes/nobody", "/lanes/done"),
    "alerts": ("/alerts",),
    "me": ("/me",),
    "looks": ("/looks",),
    "request": ("/requests/{errand}", "/requests/{lunch}"),
    "job": ("/jobs/{job}",),
    "enter": ("/enter", "/enter?q=r", "/enter?q=rose+2+kung+tomorrow+no+salt", "/enter?resident={rose}"),
    "people": ("/people", "/people?kind=volunteers", "/people?q=ghm", "/people?q=nobody-has-this-name"),
    "resident": ("/residents/{zhu}", "/residents/{rose}"),
    "card": ("/residents/{rose}/card",),
    "helper_card": ("/volunteers/{sam}/card",),
    "new_resident": ("/residents/new", "/residents/new?text={text}"),
    "edit_resident": ("/residents/{rose}/edit",),
    "volunteer": ("/volunteers/{sam}",),
    "new_volunteer": ("/volunteers/new",),
    "edit_volunteer": ("/volunteers/{sam}/edit",),
    "doubles": ("/people/twice", "/people/twice?kind=volunteers", "/people/twice?of={rose}&q=g"),
    "compare_residents": ("/residents/{rose}/same/{twin}",),
    "compare_volunteers": ("/volunteers/{lee}/same/{other}",),
    "meals": ("/meals",),
    "count": ("/meals/{menu}", "/meals/{tomorrow}"),
    "labels": ("/meals/{menu}/labels",),
    "sheets": ("/meals/{menu}/rounds",),
    "whither": ("/meals/{menu}/where",),
    "eaten": ("/meals/figures",),
    "week": ("/week/2026-11-23",),
    "menu": ("/menus/{meal}/2026-11-23", "/menus/{meal}/2026-11-30"),
    "charges": ("/money",),
    "statements": ("/money/statements",),
    "statement": ("/residents/{rose}/statement",),
    "calls": ("/calls",),
    "texts": ("/texts",),
    "thread": ("/texts/{text}",),
    "numbers": ("/numbers",),
    "news": ("/news",),
    "recorded": ("/recorded",),
    "settings": ("/settings",),
    "settings_part": tuple(f"/settings/{part}" for part in LABELS),
    "changes": ("/settings/changes",),
    "logins": ("/logins", "/logins?only=failed"),
    "set_up": ("/me/first",),
    "guide": ("/guide",),
    "help": ("/help",),
    "keeping": ("/keeping",),
    "sheet": ("/sheet",),
    "morning": ("/morning",),
    "away": ("/morning/away",),
    "figures": ("/figures",),
    "counted_requests": ("/figures/requests",),
    "counted_calls": ("/figures/calls",),
    "counted_texts": ("/figures/texts",),
}
