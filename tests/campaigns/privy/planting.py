"""Planting: one leak of each kind, on purpose and at the place where it would come from; each must be found."""

import logging

from campaigns.privy.birds import Bird, bird
from campaigns.privy.ears import MAY_KNOW
from campaigns.privy.parish import DORA, KITCHEN, STRANGER, number_of_contact, number_of_resident, number_of_volunteer

# A word that nobody has: it is only ever planted.
_PLANTED = Bird("surname", 99)
_NUMBERS = {"text to a resident": number_of_resident(0), "text to a volunteer": number_of_volunteer(0), "text to staff": DORA,
            "text to a contact": number_of_contact(0), "text to the kitchen": KITCHEN, "text to a stranger": STRANGER}  # fmt: skip
_LOGGERS = ("", "voice", "dispatch.board", "models", "scripts", "werkzeug", "gunicorn.access", "gunicorn.error", "sqlalchemy.engine",
            "sqlalchemy.pool", "twilio.http_client", "urllib3", "apscheduler")  # fmt: skip


def not_found(parish):
    """The kinds of things said, and the loggers, in which what was planted was not found. The leaks that it made are
    taken away again."""
    ears, kept = parish.ears, list(parish.ears.leaks)
    missed = [f"logger {name}" for name in _LOGGERS if not _found(ears, lambda name=name: _into_log(name))]
    ways = {
        "log line": lambda: _into_log("voice"), "traceback": _into_traceback,
        **{said: lambda number=number: _into_text(parish, number) for said, number in _NUMBERS.items()},
    }  # fmt: skip
    for said in MAY_KNOW:
        if said in ("page of the board", "what is wrong in a list"):
            continue  # whoever may see all of it; of secrets see below
        way = ways.get(said, lambda said=said: _into_answer(parish, said))
        if not _found(ears, way, said):
            missed.append(said)
    if not _found(ears, lambda: ears.hear("page of the board", bird("password", 99)), "page of the board"):
        missed.append("a password on a page of the board")
    ears.leaks = kept
    return missed


def _found(ears, way, said=None):
    before = len(ears.leaks)
    way()
    return any(leak.bird.number == 99 and said in (None, leak.said) for leak in ears.leaks[before:])


def _word():
    return bird(_PLANTED.kind, _PLANTED.number)


def _into_log(name):
    logging.getLogger(name).debug("a line about %s", _word())


def _into_traceback():
    try:
        raise ValueError(_word())
    except ValueError:
        logging.getLogger("voice").exception("it broke")


def _into_text(parish, number):
    """As it is asked of the carrier."""
    word = bird("address", 99) if number == DORA else _word()
    parish.nobody.post("/exchange/2010-04-01/Accounts/AC/Messages.json", data={"To": number, "Body": f"tell {word}"})


def _into_answer(parish, said):
    parish.ears.planted = {said: bird("address", 99) if said == "call to staff" else _word()}
    parish.say_something(said)
    parish.ears.planted = None
