"""Many fingers pressing at random: whatever they do, telephones end on the hook and every call has an end."""

import random

import pytest
from exchange_town import BASE, LEE, OURS, ROSE, SAM, Town

from voice.exchange import Answer, ExchangeError

VERBS = [
    "<Say>hello</Say>",
    '<Gather action="/a" numDigits="1"><Say>one</Say></Gather>',
    '<Gather action="/b" timeout="3" actionOnEmptyResult="true"/>',
    '<Gather action="/a" input="dtmf speech"/>',
    '<Record action="/b" timeout="3" maxLength="20" recordingStatusCallback="/r"/>',
    f'<Dial callerId="{OURS}" timeout="9" action="/a"><Number url="/b">{SAM}</Number><Number>{LEE}</Number></Dial>',
    f'<Dial callerId="{OURS}" sequential="true"><Number>{SAM}</Number><Number url="/a">{LEE}</Number></Dial>',
    f'<Dial callerId="{OURS}" timeLimit="7" hangupOnStar="true">{SAM}</Dial>',
    "<Redirect>/a</Redirect>",
    "<Redirect>/b#rc=2&amp;rp=all</Redirect>",
    "<Hangup/>",
    "<Reject/>",
    "<Pause length='2'/>",
    "<Play>/sound</Play>",
    '<Enqueue action="/b">q</Enqueue>',
    "<Sing/>",
]


@pytest.mark.parametrize("seed", range(40))
def test_no_mischief_leaves_a_telephone_off_the_hook(seed):
    chance = random.Random(seed)
    town = Town()
    for path in ("/voice", "/a", "/b"):
        insides = ["".join(chance.choices(VERBS, k=chance.randint(0, 3))) for _ in range(9)]
        pages = [f"<Response>{inside}</Response>" for inside in insides]
        town.pages[path] = [*pages, Answer(500, "", ""), TimeoutError(), "<Response><Hangup/></Response>"]
    town.exchange.faults.set({"callbacks_shuffled_seconds": 3, "callbacks_doubled_share": 0.2, "seed": seed})
    people = (ROSE, SAM, LEE)
    call = {"To": [SAM], "From": [OURS], "Url": [f"{BASE}/a"], "StatusCallback": [f"{BASE}/p"], "Timeout": ["15"]}
    moves = [
        lambda who: town.exchange.dial(who, OURS),
        lambda who: town.exchange.press(who, chance.choice("0123456789*#")),
        lambda who: town.exchange.speak(who, "a few words"),
        lambda who: town.exchange.hang_up(who),
        lambda who: town.exchange.answer(who),
        lambda who: town.exchange.decline(who),
        lambda who: town.exchange.pick_up_by_machine(who),
        lambda who: town.exchange.text(who, OURS, chance.choice(["hello", "STOP", "start"])),
        lambda who: town.exchange.create_call(call),
        lambda who: town.wait(chance.random() * 8),
    ]
    for _ in range(120):
        try:
            chance.choice(moves)(chance.choice(people))
        except ExchangeError:
            continue
        for who in people:
            assert town.exchange.handset(who)["state"] in ("idle", "ringing", "talking", "recording", "waiting")
    for who in people:
        if town.state(who) != "idle":
            town.exchange.hang_up(who)
    town.wait(60)
    for who in people:
        if town.state(who) != "idle":
            town.exchange.hang_up(who)
    town.wait(60)
    assert [town.state(who) for who in people] == ["idle"] * 3
    assert all(call.ended_at for call in town.exchange.plant.ledger.calls)
    assert town.exchange.plant.live == {}
    assert town.exchange.next_due() is None
    told = [r["CallSid"] for r in town.asked("/status")]
    inbound = [call.sid for call in town.exchange.plant.ledger.calls if call.direction == "inbound"]
    assert set(told) == set(inbound)
