"""Every kind of alert names a person, says what to do and by when, and ends by itself where it can stop being true."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town
from test_cries import not_well

from dispatch import alarms, holding, logbook, minding, offering, opting, taking, unreached, working
from dispatch.board.words import words_of
from dispatch.crowds import note_unanswered
from dispatch.everywhere import alarm_everywhere
from dispatch.returns import it_is_all_right
from dispatch.spending import lift_limit, look_at_spending
from dispatch.watch import ENDS_BY_ITSELF, watch_once
from models.installation import installation
from models.logins import What
from models.numbers import phone_of
from models.people import Volunteer
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert, AlertKind, open_alerts_of
from models.traffic import Delivery, Direction, Message
from voice.prompts import Setting, languages, render_text


class Case:
    """Rose's errand, and everybody around it."""

    def __init__(self, session, town, errand):
        self.session, self.town, self.now = session, town, town.now
        self.request = session.get_one(HelpRequest, errand)
        self.job, self.rose = self.request.job, self.request.resident
        self.sam = session.get_one(Volunteer, town.ids["sam"])
        self.community = session.get_one(Community, town.ids["community"])

    def do(self, deed, *about, **more):
        return deed(self.session, *about, now=self.now, **more)

    def everywhere(self, kind, is_true):
        self.do(alarm_everywhere, kind, is_true=is_true)

    def taken(self):
        self.do(taking.assign, self.job, self.sam, who="staff 1")

    def late(self):
        self.taken()
        for _ in range(2):
            self.do(minding.nudge, self.job)

    def finished(self):
        self.do(working.finish, self.request, who="staff 1")

    def broken(self):
        about = f"job {self.job.id}"
        self.do(alarms.raise_alert, self.community, AlertKind.BROKEN, about=about, thing=about)

    def abroad(self):
        self.rose.phone = "+33142685300"
        self.session.flush()
        self.do(unreached.could_not_reach, self.community, self.rose, self.rose.phone)

    def corrected(self):
        self.rose.phone = "+8617000002001"
        self.session.flush()
        self.looked_at(self.now)

    def takes_and_gives_back(self):
        for _ in range(3):
            request = self.session.get_one(HelpRequest, self.town.errand_in(self.session))
            job = request.job
            offer = self.do(offering.new_offer, job, self.sam)
            self.do(taking.accept, offer, who=f"volunteer {self.sam.id}")
            self.do(working.release, job, who=f"volunteer {self.sam.id}")

    def flood_over(self):
        self.looked_at(self.now + timedelta(hours=1))

    def spent(self, most, used):
        self.community.day_limit_units = most
        if used and most == used:
            self.community.day_limit_units = 5
            self.session.add(sent(self.community, segments=4, now=self.now))
        self.session.flush()
        self.do(look_at_spending, self.community)

    def held(self):
        installation(self.session).held_at = self.now
        self.session.flush()
        self.do(holding.tell_staff)

    def guessed_at(self):
        knock = logbook.Knock(What.WRONG_PASSWORD, "", self.town.ids["Ai Ding"], self.community.id)
        self.do(logbook.write_down, knock, times=10)

    def left_alone(self):
        self.looked_at(self.now + logbook.LATELY)

    def looked_at(self, later):
        for alert in open_alerts_of(self.session, *ENDS_BY_ITSELF):
            if ENDS_BY_ITSELF[alert.kind](self.session, alert, now=later):
                self.do(alarms.mended_itself, alert)

    def opting(self, deed):
        self.do(deed, self.community, phone_of(self.session, self.community, self.rose.phone))


def sent(community, *, segments, now):
    return Message(
        community_id=community.id, direction=Direction.OUTBOUND, phone="+8617000002001", state=Delivery.SENT,
        segments=segments, made_at=now, claimed_at=now,
    )  # fmt: skip


def installation_wide(kind):
    return lambda case: case.everywhere(kind, True), lambda case: case.everywhere(kind, False)


ONLY_A_PERSON_CAN_SAY = None
# Each kind: how it comes about, and what makes it untrue.
KINDS = {
    AlertKind.NOBODY_FOUND: (lambda case: case.do(offering.strand, case.job), Case.taken),
    AlertKind.LATE: (Case.late, Case.finished),
    AlertKind.NOT_HOME: (
        lambda case: case.do(working.miss, case.request, who="volunteer 1"),
        lambda case: case.do(working.reopen, case.request, who="staff 1"),
    ),
    AlertKind.NOT_COME: (lambda case: case.do(working.miss_it, case.request, who="resident 1"), Case.finished),
    AlertKind.WORRIED: (
        lambda case: case.do(working.worry_about_somebody, case.sam),
        lambda case: case.do(working.worry, case.request, who=f"volunteer {case.sam.id}"),
    ),
    AlertKind.UNREACHED: (
        lambda case: case.do(unreached.could_not_reach, case.community, case.rose, case.rose.phone),
        lambda case: case.do(unreached.is_reached, [case.rose]),
    ),
    AlertKind.NOT_CALLED: (Case.abroad, Case.corrected),
    AlertKind.OPTED_OUT: (lambda case: case.opting(opting.stop), lambda case: case.opting(opting.start)),
    AlertKind.BROKEN: (Case.broken, "watch"),
    AlertKind.HELD: (Case.held, lambda case: case.do(holding.release_all, case.community, who="staff 1")),
    AlertKind.CARRIER_DOWN: installation_wide(AlertKind.CARRIER_DOWN),
    AlertKind.GIVES_BACK: (
        Case.takes_and_gives_back,
        lambda case: case.do(it_is_all_right, case.sam, who="staff 1"),
    ),
    AlertKind.STRANGERS: (lambda case: case.do(note_unanswered, case.community), Case.flood_over),
    AlertKind.NEAR_LIMIT: (lambda case: case.spent(1, 1), lambda case: case.spent(9, 1)),
    AlertKind.LIMIT: (lambda case: case.spent(0, 0), lambda case: case.do(lift_limit, case.community, who="staff 1")),
    AlertKind.DISK: installation_wide(AlertKind.DISK),
    AlertKind.NO_BACKUP: installation_wide(AlertKind.NO_BACKUP),
    AlertKind.CLOCK: installation_wide(AlertKind.CLOCK),
    AlertKind.GUESSING: (Case.guessed_at, Case.left_alone),
    AlertKind.NO_SHEET: installation_wide(AlertKind.NO_SHEET),
    AlertKind.NOT_WELL: (lambda case: case.do(not_well, case.rose), ONLY_A_PERSON_CAN_SAY),
}  # fmt: skip


@pytest.mark.parametrize("kind", AlertKind)
def test_every_alert_names_who_must_do_what_by_when_and_ends_when_it_is_no_longer_true(tmp_path, kind):
    assert set(KINDS) == set(AlertKind), "say how the new kind comes about, and what makes it untrue"
    raised, mended = KINDS[kind]
    town = build_town(tmp_path)
    errand = town.errand("rose")
    with town.database.begin() as session:
        raised(Case(session, town, errand))
        session.flush()
        alert = session.scalars(
            sa.select(Alert).where(Alert.kind == kind, Alert.community_id == town.ids["community"])
        ).one()
        number = alert.id
        assert alert.owner.name == "Dai Fen"
        assert town.now < alert.answer_by <= town.now + timedelta(hours=1)
        assert all(words_of(tag).t(f"alert.{kind}.do") != f"alert.{kind}.do" for tag in ("en", "zh-CN"))
        texts = session.scalars(
            sa.select(Message).where(Message.staff_id == alert.owner_id, Message.cause == f"alert_{kind}")
        )
        says = [row.says for row in texts]
        assert len(says) == (kind not in (AlertKind.CARRIER_DOWN, AlertKind.GUESSING)), (
            "one text; a text that texts do not leave would not leave, and whoever guesses makes no telephone ring"
        )
        for tag in languages():
            setting = Setting(tag, alert_zone(session, town), town.now, "text", "East Lake")
            assert all("1" in render_text([(p, b) for p, b in said], setting) for said in says)
    if mended == "watch":
        watch_once(town.database, now=town.now)
    elif mended is not ONLY_A_PERSON_CAN_SAY:
        with town.database.begin() as session:
            mended(Case(session, town, errand))
    ended = town.row(Alert, number)
    assert (ended.closed_at is None) == (mended is ONLY_A_PERSON_CAN_SAY)
    assert not ended.was_false


def alert_zone(session, town):
    return session.get_one(Community, town.ids["community"]).zone_info
