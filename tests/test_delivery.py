"""What became of a text: the same end whatever the order of the news, the right thing done, and another way found."""

import itertools
import random

import pytest
import sqlalchemy as sa
from test_story import ask_for_an_errand
from town import DUTY, LEE, MEI, ROSE, SAM
from town import MONDAY as NOW

from models.numbers import Phone
from models.traffic import Call, Delivery, Direction, Message
from voice.carrier.errors import Remedy, remedy_for
from voice.delivery import text_status

pytestmark = pytest.mark.both_databases
ORDERS = sorted(set(itertools.permutations(["queued", "sent", "the end"] * 2)))
# How a text ends, at its first try and at its second → what is stored, in whatever order it is told.
ENDS = [
    ("delivered", "", 1, ("delivered", "", False)),
    ("undelivered", "30005", 1, ("failed", "30005", False)),
    ("failed", "30006", 1, ("undelivered", "30006", False)),
    ("failed", "21610", 1, ("failed", "21610", False)),
    ("undelivered", "30003", 1, ("queued", "30003", True)),
    ("undelivered", "30003", 2, ("failed", "30003", False)),
    ("failed", "30036", 1, ("expired", "30036", False)),
]


@pytest.mark.parametrize(("end", "code", "attempts", "stored"), ENDS)
def test_news_in_any_order_and_twice_end_the_same(town, request, end, code, attempts, stored):
    """For each end some of the orders, others for each; all of them with --everything-twice."""
    is_long = request.config.getoption("everything_twice")
    orders = ORDERS if is_long else random.Random(f"{end} {code} {attempts}").sample(ORDERS, 15)
    town.resident("Rose Miller", ROSE)
    ended = set()
    with town.database.begin() as session:
        for number, order in enumerate(orders):
            sid = f"SM{number:032d}"
            row = Message(
                community_id=town.community_id, direction=Direction.OUTBOUND, phone=ROSE, cause="main_person",
                says=[["main_person", {}]], language="en", state=Delivery.SENT, made_at=NOW, message_sid=sid,
                attempts=attempts, body="x",
            )  # fmt: skip
            session.add(row)
            session.flush()
            for status in order:
                told, said = (end, code) if status == "the end" else (status, "")
                text_status(session, sid=sid, status=told, error_code=said, now=NOW)
            session.flush()
            ended.add((str(row.state), row.error_code, row.due_at is not None))
        calls = session.scalar(sa.select(sa.func.count(Call.id)))
    assert ended == {stored}
    assert calls == (len(orders) if code == "30006" else 0), "whoever cannot be texted is rung, once for each text"


@pytest.mark.parametrize(
    ("remedy", "codes"),
    [
        (Remedy.STOP, (21211, 21217, 21214, 21612, 30005)),
        (Remedy.CALL_INSTEAD, (21614, 30006, 21635)),
        (Remedy.OPTED_OUT, (21610,)),
        (Remedy.CONFIGURE, (21408, 21606, 21212, 21210, 21608, 572005, 573005, 30002, 30034, 30032, 20003)),
        (Remedy.SHOW, (21216, 13225, 21617, 30007)),
        (Remedy.GIVE_UP, (30004,)),
        (Remedy.EXPIRED, (30036,)),
        (Remedy.LATER, (30003, 30008)),
        (Remedy.RETRY, (30001, 21611, 20429)),
    ],
)
def test_every_number_of_the_carrier_has_its_remedy(remedy, codes):
    assert {code: remedy_for(code, 400) for code in codes} == dict.fromkeys(codes, remedy)


@pytest.mark.parametrize(
    ("code", "status", "remedy"),
    [
        (0, 429, Remedy.RETRY), (20500, 500, Remedy.LOOK), (20503, 503, Remedy.LOOK), (0, 502, Remedy.LOOK),
        (0, 401, Remedy.CONFIGURE), (99999, 400, Remedy.GIVE_UP), (99999, 503, Remedy.LOOK), (0, 400, Remedy.GIVE_UP),
    ],
)  # fmt: skip
def test_what_nobody_knows_is_looked_up_or_given_up_and_never_flags_a_number(code, status, remedy):
    assert remedy_for(code, status) is remedy


def flags(town, number):
    [row] = town.rows(Phone, number=number)
    return row.cannot_text_since is not None, row.unreachable_since is not None


def test_a_telephone_that_is_no_mobile_after_all_is_rung_and_one_that_is_gone_is_passed_over(town):
    """The numbering plan knew neither; the carrier says so, and the errand finds its volunteer all the same."""
    rose, sam, lee = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM), town.volunteer("Lee", LEE)
    town.exchange.faults.set({"callbacks_lost_share": 1.0})
    ask_for_an_errand(rose, words="")
    sent = {row.phone: row.message_sid for row in town.rows(Message, cause="offer")}
    for number, code in ((SAM, "30006"), (LEE, "30005")):
        with town.database.begin() as session:
            session.execute(sa.update(Message).where(Message.message_sid == sent[number]).values(delivery_rank=4))
            text_status(session, sid=sent[number], status="undelivered", error_code=code, now=town.now)
    assert (flags(town, SAM), flags(town, LEE)) == ((True, False), (False, True))
    assert {str(offer.state) for offer in town.offers} == {"open", "expired"}
    assert sam.rings()
    assert "Can you?" in sam.answer()
    sam.press("1")
    sam.hang_up()
    town.wait(minutes=1)
    assert [str(job.state) for job in town.jobs] == ["taken"]
    assert lee.state == "idle"


def test_whoever_never_answers_is_texted_if_texts_have_come_from_there(town):
    """By the numbering plan a landline; but it has texted us: its owner has taken the number along to a mobile."""
    mei, karl = town.resident("Mei Chen", MEI), town.resident("Karl May", "+861055551002")
    town.volunteer("Sam Lee", SAM)
    town.staff("Dora Duty", DUTY)
    town.ported = {MEI}
    mei.text("thank you")
    for phone in (mei, karl):
        ask_for_an_errand(phone, words="")
    for code in sorted(job.code for job in town.jobs):
        town.telephone(SAM).text(f"{code} 1")
    for _ in range(5):
        for phone in (mei, karl):
            if phone.state == "ringing":
                town.exchange.decline(phone.number)
        town.wait(minutes=31)
    written = [row for row in town.rows(Message, direction="outbound") if row.resident_id]
    assert {(row.phone, row.cause) for row in written} == {(MEI, "who_comes")}
    assert [alert.details["name"] for alert in town.alerts if alert.kind == "unreached"] == ["Karl May"]
