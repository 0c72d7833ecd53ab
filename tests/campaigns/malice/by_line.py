"""By line: calls and texts of residents, volunteers, contacts, staff and strangers, in every field that the carrier posts."""

from itertools import count

from town import DUTY

from campaigns.fuzz_checks import wrong_document
from campaigns.malice.by_list import resident_number, volunteer_number
from campaigns.signed_posts import ACCOUNT, post

# What the carrier tells besides, which comes from the network, from the caller or from what was sent along.
_BESIDES = (
    "CallerName", "FromCity", "FromState", "FromZip", "FromCountry", "ToCity", "ToState", "ToCountry", "CallerCity",
    "ForwardedFrom", "SpeechResult", "TranscriptionText", "MediaUrl0", "MediaContentType0", "ProfileName", "StirVerstat",
)  # fmt: skip


class Line:
    """Signed posts with hostile strings in them; every answer is held against what the carrier may be told."""

    def __init__(self, town, deck):
        self.town, self.deck = town, deck
        self.sids = count(1)
        self.found, self.posts = [], 0

    def put_in(self):
        """Everything that can be said and written to the line, once for each string."""
        for at in range(len(self.deck)):
            for who, number in (
                ("resident", resident_number(at)), ("volunteer", volunteer_number(at)), ("stranger", f"+1212555{6000 + at}"),
                ("contact", f"+1212555{5000 + at}"), ("staff", DUTY), ("nobody", self.deck.deal("sms.From")),
            ):  # fmt: skip
                self.text(number, self.deck.deal(f"sms.Body of {who}"))
            self._ring(resident_number(at))
            self._ring(self.deck.deal("voice.From"))
        self.say_yes()

    def text(self, number, body):
        """A text comes in, and odd news of it."""
        self._post("/sms", ("MessageSid", self._sid("SM")), ("From", number), ("Body", body), ("NumMedia", "1"))
        news = ("MessageStatus", self.deck.deal("sms.MessageStatus")), ("ErrorCode", self.deck.deal("sms.ErrorCode"))
        self._post("/sms/status", ("MessageSid", self._sid("SM")), ("From", number), *news)

    def _ring(self, number):
        sid = self._sid("CA")
        self._post("/voice", ("CallSid", sid), ("From", number), ("CallStatus", self.deck.deal("voice.CallStatus")))
        spoken = (
            ("RecordingSid", self._sid("RE")), ("RecordingUrl", self.deck.deal("voice.RecordingUrl")),
            ("RecordingDuration", "4"),
        )  # fmt: skip
        turns = ((("Digits", "2"),), (("Digits", "1"),), spoken, (("Digits", self.deck.deal("voice.Digits")),))
        for turn, heard in enumerate(turns, start=1):
            self._post(f"/voice/turn/{turn}", ("CallSid", sid), ("From", number), *heard)
        self._post("/voice/status", ("CallSid", sid), ("From", number), ("CallStatus", "completed"))

    def say_yes(self):
        """Whoever was asked says yes, in more words than are needed; then everything is done that is due."""
        self.town.settle()
        for at in range(len(self.deck)):
            self.text(volunteer_number(at), f"1 {self.deck.deal('sms.Body with a yes')}")
        self.town.settle()
        self._look_at_the_wire()

    def _look_at_the_wire(self):
        for _, body in self.town.wire:
            if body.lstrip().startswith("<"):
                self.found += [f"the line said {words}" for words in wrong_document("/voice", body)]
        self.town.wire.clear()

    def _post(self, path, *pairs):
        told = (*pairs, ("AccountSid", ACCOUNT), ("To", self.town.line))
        besides = ((name, self.deck.deal(f"carrier.{name}")) for name in _BESIDES)
        answer = post(self.town.app, path, (*told, *besides))
        self.posts += 1
        if answer.status >= 500:
            self.found.append(f"{path} was answered {answer.status}: {pairs}")
        if answer.media_type == "text/xml":
            self.found += [f"{path} {words}: {pairs}" for words in wrong_document(path, answer.body)]

    def _sid(self, kind):
        return f"{kind}{next(self.sids):032x}"
