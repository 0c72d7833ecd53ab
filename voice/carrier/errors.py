"""What the carrier's error numbers mean for us, as a table."""

from enum import StrEnum


class Remedy(StrEnum):
    """What to do about a failed text or call."""

    STOP = "stop"  # this number cannot be reached: flag it
    GIVE_UP = "give_up"  # this one does not arrive; the number may be well
    SHOW = "show"  # this one is given up, and staff are told that something is wrong with it
    EXPIRED = "expired"  # its validity ended before the network could carry it
    CALL_INSTEAD = "call_instead"  # a landline: no text will ever arrive
    OPTED_OUT = "opted_out"
    CONFIGURE = "configure"  # our account or numbers are wrong: every send will fail
    RETRY = "retry"  # surely not sent
    LATER = "later"  # the handset is off: one more try, then given up
    LOOK = "look"  # perhaps sent: look before sending again


# What says something about the carrier and not about one text or number. A refusal, too, is an answer.
OUTAGE = (Remedy.RETRY, Remedy.LOOK)

# https://www.twilio.com/docs/api/errors
_REMEDIES = {
    Remedy.STOP: (21211, 21217, 21214, 21612, 30005),
    Remedy.GIVE_UP: (30004,),
    Remedy.SHOW: (21215, 21216, 13225, 21602, 21617, 30007, 30022, 30024),
    Remedy.EXPIRED: (30036,),
    Remedy.CALL_INSTEAD: (21614, 30006, 21635),
    Remedy.OPTED_OUT: (21610,),
    Remedy.CONFIGURE: (
        20003, 20404, 21210, 21212, 21408, 21606, 21608, 30002, 30032, 30034, 572005, 573005, 401, 403, 404,
    ),
    Remedy.RETRY: (20429, 429, 21611, 30001),
    Remedy.LATER: (30003, 30008),
}  # fmt: skip
_BY_CODE = {code: remedy for remedy, codes in _REMEDIES.items() for code in codes}


def remedy_for(code: int, status: int = 0) -> Remedy:
    """The remedy for an error number of the carrier; an unknown one is judged by its HTTP status.

    A refusal (4xx) was surely not sent and would be refused again, but says nothing certain about the number; anything
    else may have been sent.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status in _BY_CODE:
        return _BY_CODE[status]
    return Remedy.GIVE_UP if 400 <= status < 500 else Remedy.LOOK


class CarrierError(Exception):
    """The network, or the carrier's answer: what is wrong, and what is to be done about it."""

    def __init__(self, words: str, *, remedy: Remedy, code: int = 0) -> None:
        super().__init__(words)
        self.remedy = remedy
        self.code = code
