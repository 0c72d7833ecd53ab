"""People at telephones: who dials, who presses what, who speaks, who hangs up, who picks up when it rings."""

from town import LINE

from campaigns.sim import people
from voice.exchange import ExchangeError

_DIALS = (people.ROSE, people.ROSE, people.PAIR, people.OTTO, people.MEI, people.MEI, people.SAM, people.WANG, people.WANG,
          people.STRANGER, people.GRETA, people.LEE, people.MIA)  # fmt: skip
_KEYS = ("1", "1", "1", "1", "2", "2", "3", "4", "5", "6", "8", "0", "9", "*", "7", "#")
# What somebody means to do when she rings: the keys of it, one after the other; "say" is speaking after the tone.
_PLANS = (("1",), ("1",), ("2", "1", "1", "say", "1"), ("2", "1", "2", "say", "1"), ("2", "4", "3", "say", "1"), ("3", "3", "1"),
          ("3", "1", "3", "1"), ("4",), ("0",), ("0", "say"), ("1", "1", "1"), ("2", "2", "1", "say", "2"))  # fmt: skip
_TO_THE_POINT = 0.8
_BY_HEART = 0.5
_SAID = ("Please bring milk", "I fell", "It is Rose, ring me", "早上好")


def somebody_dials(world, dice):
    """Somebody rings our line."""
    number = dice.choice(_DIALS)
    is_withheld = dice.random() < 0.06
    odd = (
        dice.choice(("+266696687", "Restricted", "", "client:anna", "+1 (212) 555-0111"))
        if dice.random() < 0.03
        else None
    )
    try:
        world.exchange.dial(number, LINE, withheld=is_withheld, from_text=odd)
    except ExchangeError:
        return None
    if is_withheld or odd is not None:
        world.counters.hit("withheld caller")
    elif number in (people.STRANGER, people.GRETA):
        world.counters.hit("unknown caller")
    world.settle()
    return f"{people.NAMES[number]} rings us{' (withheld)' if is_withheld else ''}{f' as {odd!r}' if odd is not None else ''}"


def somebody_at_a_telephone(world, dice):
    """Whoever is in a call, or whose telephone rings, does something."""
    numbers = sorted(world.plant.in_use)
    if not numbers:
        return None
    number = dice.choice(numbers)
    leg = world.plant.in_use[number]
    expects = leg.step.expects if leg.step is not None else ""
    if expects == "answer":
        return _rings(world, number, dice)
    name = people.NAMES.get(number, number)
    try:
        if dice.random() < world.luck.hang_up_share:
            if leg.call.direction == "inbound":
                world.counters.hit("hung up half way")
            world.exchange.hang_up(number)
            did = "hangs up"
        elif expects == "words":
            words = dice.choice(_SAID)
            world.exchange.speak(number, words)
            if dice.random() < 0.7:
                world.pass_time(4)
                world.exchange.press(number, "#")
            did = f"says {words!r}"
        elif expects == "keys" and dice.random() < 0.9:
            did = f"presses {_presses(world, number, leg, dice)}"
        else:
            world.pass_time(dice.choice((3, 8, 15)))
            did = "waits"
    except ExchangeError:
        did = "finds a dead line"
    world.settle()
    return f"{name} {did}"


def _presses(world, number, leg, dice):
    """One key; or, by somebody who knows the menu by heart, all that she means to press, and what she says between."""
    pressed = []
    is_quick = dice.random() < _BY_HEART
    while True:
        pressed.append(_key(world, leg, dice))
        world.exchange.press(number, pressed[-1])
        world.settle()
        if not (is_quick and world.plans.get(leg.call.sid)):
            return " ".join(pressed)
        if leg.step is not None and leg.step.expects == "words":
            pressed.append(dice.choice(_SAID))
            world.exchange.speak(number, pressed[-1])
            world.pass_time(2)
            world.exchange.press(number, "#")
            world.settle()
        if world.plant.in_use.get(number) is not leg or leg.step is None or leg.step.expects != "keys":
            return " ".join(pressed)


def _key(world, leg, dice):
    """The next key of what she means to do; now and then any key."""
    if leg.call.direction == "outbound-dial" and dice.random() < _TO_THE_POINT:
        return "1"  # whoever is on duty takes the call
    if leg.call.direction != "inbound" or dice.random() > _TO_THE_POINT:
        return dice.choice(_KEYS)
    plan = world.plans.setdefault(leg.call.sid, list(dice.choice(_PLANS)))
    while plan and plan[0] == "say":
        plan.pop(0)
    return plan.pop(0) if plan else dice.choice(_KEYS)


def _rings(world, number, dice):
    name = people.NAMES.get(number, number)
    did = dice.choices(("picks up", "lets a machine pick up", "silences it", "lets it ring"), (8, 1, 1, 1))[0]
    is_ours = world.plant.in_use[number].call.direction == "outbound-api"
    if did == "picks up":
        world.exchange.answer(number)
        if is_ours:
            world.counters.hit("call of ours answered")
    elif did == "lets a machine pick up":
        world.exchange.pick_up_by_machine(number)
        world.counters.hit("call of ours by machine")
    elif did == "silences it":
        world.exchange.decline(number)
        world.counters.hit("call of ours unanswered")
    else:
        world.pass_time(45)
    world.settle()
    return f"{name}'s telephone rings, {name} {did}"
