"""People who write texts: residents, volunteers in all their ways, strangers, robots."""

import re

from town import LINE

from campaigns.sim import people
from voice.exchange import ExchangeError

_OFFER = re.compile(r"(?:Job |任务)(\d+)")
_WISHES = (
    "1",
    "1",
    "1",
    "lunch",
    "hello",
    "2",
    "3",
    "1",
    "2",
    "0",
    "ok",
    "no lunch today",
    "thanks",
    "milk and bread",
    "4",
    "9",
    "*",
)
_YES = ("1", "1", "1", "ok", "yes i can", "YES", "能", "1 {code}", "1{code}", "1 {code}")
_NO = ("2", "2", "no", "busy", "2 {code}", "不能")
_DONE = ("3", "3", "done", "3 {code}", "delivered")
_BACK = ("4", "4 {code}", "cannot after all")
_TROUBLE = ("5", "5 {code}", "6", "6 {code}", "5 1", "6 1", "1", "2", "worried")
_GARBLED = (
    "I can maybe come at five, is that all right?",
    "11",
    "3 99",
    "1 12345",
    "7",
    "٣",
    "ok?",
    "1 or 2",
    "{code}",
)
_POISON = ("\x00\x01\x0b<Say>&amp;]]>", "'; DROP TABLE messages; --", "1" * 1600, "👵" * 70, "<Response/>", "={1+1}",
           "\u202e321", "\ufffe\uffff", "{name} {what}", "   ", "\ud83d".encode("utf-8", "replace").decode())  # fmt: skip
_WORDS = ("STOP", "START", "HELP", "CANCEL", "YES", "END", "INFO", "START", "START", "stop")


def write(world, number, body):
    """Somebody writes a text to our line."""
    try:
        world.exchange.text(number, LINE, body)
    except ExchangeError as error:
        return f"{people.NAMES[number]} cannot text: {error}"
    world.settle()
    return f"{people.NAMES[number]} texts {body[:60]!r}"


def resident_texts(world, dice):
    """A resident orders, asks, calls off, thanks."""
    number = dice.choice((people.ROSE, people.PAIR, people.OTTO))
    return write(world, number, dice.choice(_WISHES))


def volunteer_answers(world, dice):
    """A volunteer answers the last offer that arrived: at once or late, clearly or not."""
    number = dice.choice((people.SAM, people.LEE, people.MIA))
    code = _latest(world, number, ("Can you?", "能去吗"))
    if code is None:
        return None
    manner = world.luck.manner(number)
    words = dice.choices((_YES, _NO, _GARBLED), manner)[0]
    return write(world, number, dice.choice(words).format(code=code))


def volunteer_reports(world, dice):
    """A volunteer says what came of a job: done, given back, nobody at home, worried."""
    number = dice.choice((people.SAM, people.LEE, people.MIA))
    code = _latest(world, number, ("Thank you! Job", "谢谢您！任务"))
    if code is None:
        return None
    words = dice.choices((_DONE, _BACK, _TROUBLE, _GARBLED), (5, 2, 2, 0.5))[0]
    return write(world, number, dice.choice(words).format(code=code))


def somebody_texts_anything(world, dice):
    """Anybody at all, with anything at all."""
    number = dice.choice(
        (people.STRANGER, people.ROBOT, people.GRETA, people.DORA, people.ROSE, people.SAM, people.OTTO)
    )
    poison = dice.random() < 0.5
    if poison:
        world.counters.hit("poison text")
    if number in (people.STRANGER, people.ROBOT):
        world.counters.hit("unknown text")
    return write(
        world, number, dice.choice(_POISON if poison else (*_WISHES, *_DONE, *_GARBLED)).replace("{code}", "12")
    )


def carrier_word(world, dice):
    """A word that the carrier takes for itself."""
    number = dice.choice((*people.RESIDENTS[:3], people.SAM, people.LEE, people.MIA, people.STRANGER, people.DORA))
    word = dice.choice(_WORDS)
    world.counters.hit({"START": "opted in again", "HELP": "help word", "INFO": "help word"}.get(word, "opted out"))
    return write(world, number, word)


def robot_answers(world, dice):
    """A telephone that answers every text by itself; it never stops."""
    number = people.ROBOT if world.seen(people.ROBOT) else people.OTTO
    if not world.luck.has_robot or not world.seen(number):
        return None
    world.counters.hit("robot answered")
    return write(world, number, "I am driving and will read your text later. (Automatic answer)")


def _latest(world, number, signs):
    for message in reversed(world.plant.thread(number)):
        if message.to == number and any(sign in message.body for sign in signs):
            found = _OFFER.search(message.body)
            return found[1] if found else None
    return None
