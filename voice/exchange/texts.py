"""The life of a text: queued, sent, delivered or not; and what the carrier answers by itself."""

from xml.etree.ElementTree import Element

from voice.exchange.ledger import MessageRecord
from voice.exchange.numbers import MAGIC_SENDER, MESSAGE_FROM, MESSAGE_TO, Form, check_pair, one, refuse, whole
from voice.exchange.parties import Line
from voice.exchange.plant import API_VERSION, Plant, geography
from voice.exchange.webhook import UNKNOWN_PARAMETER
from voice.segments import segments_of

BODY_MAX = 1600
STOP_WORDS = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})
# The carrier's own words, as Twilio sends them on long codes.
STOP_REPLY = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe."
)
START_REPLY = (
    "You have successfully been re-subscribed to messages from this number. "
    "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
HELP_REPLY = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


class Texts:
    """Texts in both directions."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._opted_out: set[tuple[str, str]] = set()  # (person, our number)
        self._queue_free_at: dict[str, float] = {}

    def begin_anew(self) -> None:
        """Nobody has ever said STOP."""
        self._opted_out.clear()
        self._queue_free_at.clear()

    # --- from us to a person ----------------------------------------------------------------------------------------

    def create(self, form: Form) -> MessageRecord:
        """Accept a text that a REST request asks for, or refuse it."""
        service = one(form, "MessagingServiceSid")
        to, from_, body = one(form, "To"), self._sender(form, service), one(form, "Body")
        if not to:
            raise refuse(21604)
        check_pair(to, from_, MESSAGE_TO, MESSAGE_FROM, 21211)
        if from_ != MAGIC_SENDER and self._plant.line(from_) is None:
            raise refuse(21606)
        if not body and not form.get("MediaUrl"):
            raise refuse(21602)
        if len(body) > BODY_MAX:
            raise refuse(21617)
        is_opted_out = (to, from_) in self._opted_out
        if is_opted_out and not service:
            raise refuse(21610)
        message = self._written(to, from_, body, "outbound-api")
        message.media = len(form.get("MediaUrl", ()))
        message.messaging_service_sid = service or None
        message.status = "accepted" if service else "queued"
        message.status_callback = one(form, "StatusCallback")
        message.validity_seconds = whole(form, "ValidityPeriod", 36_000, 1, 36_000)
        self._promise(message, is_opted_out=is_opted_out)
        return message

    def _sender(self, form: Form, service: str) -> str:
        from_ = one(form, "From")
        if from_ or not service:
            if not from_:
                raise refuse(21603)
            return from_
        lines = self._plant.lines()
        if not lines:
            raise refuse(21606)
        return lines[0].number

    def _written(self, to: str, from_: str, body: str, direction: str) -> MessageRecord:
        plant = self._plant
        message = MessageRecord(to, from_, body, direction, plant.now(), plant.elapsed(), segments=segments_of(body))
        return plant.ledger.messages.add(message)

    def _promise(self, message: MessageRecord, *, is_opted_out: bool = False) -> None:
        plant = self._plant
        if is_opted_out:
            return plant.later(0, lambda: self._move(message, "failed", 21610))
        plant.agenda.add(self._turn_in_queue(message), lambda: self._send(message))
        return plant.changed()

    def _turn_in_queue(self, message: MessageRecord) -> float:
        now, rate = self._plant.elapsed(), self._plant.faults.segments_per_second
        if not rate:
            return now
        due = max(now, self._queue_free_at.get(message.from_, now))
        self._queue_free_at[message.from_] = due + message.segments / rate
        return due

    def _send(self, message: MessageRecord) -> None:
        plant = self._plant
        if message.status == "canceled":
            return None
        if plant.elapsed() - message.created_elapsed > message.validity_seconds:
            return self._move(message, "failed", 30036)
        if message.status == "accepted":
            self._move(message, "queued")
        message.status = "sending"
        message.sent_at = plant.now()
        self._move(message, "sent")
        return plant.later(plant.faults.delivery_seconds, lambda: self._deliver(message))

    def _deliver(self, message: MessageRecord) -> None:
        plant = self._plant
        handset = plant.handset(message.to)
        if handset is not None and handset.is_landline:
            return self._move(message, "undelivered", 30006)
        if plant.is_unreachable(message.to):
            return self._move(message, "undelivered", 30003)
        plant.thread(message.to).append(message)
        # A telephone that nobody knows gives no receipt: its texts stay "sent" for ever.
        return self._move(message, "delivered") if handset else plant.changed()

    def _move(self, message: MessageRecord, status: str, error_code: int | None = None) -> None:
        plant = self._plant
        message.status = status
        message.error_code = error_code
        message.updated_at = plant.now()
        told = {
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "AccountSid": plant.account_sid,
            "ApiVersion": API_VERSION,
            "From": message.from_,
            "To": message.to,
            **UNKNOWN_PARAMETER,
        }
        if error_code:
            told["ErrorCode"] = str(error_code)
        if status in ("delivered", "undelivered"):
            told["RawDlrDoneDate"] = plant.now().strftime("%y%m%d%H%M")
        plant.call_back(message.status_callback, told)
        plant.changed()

    def cancel(self, message: MessageRecord) -> None:
        """Stop a text that has not left yet."""
        if message.is_over:
            raise refuse(21220)
        message.status = "canceled"
        self._plant.changed()

    # --- from a person to us ----------------------------------------------------------------------------------------

    def receive(self, line: Line, number: str, body: str, media: int) -> MessageRecord:
        """Take a person's text; the webhook is asked at the next tick."""
        message = self._written(line.number, number, body, "inbound")
        message.status, message.media, message.sent_at = "received", media, self._plant.now()
        self._plant.thread(number).append(message)
        self._plant.later(0, lambda: self._arrive(line, message))
        self._plant.changed()
        return message

    def _arrive(self, line: Line, message: MessageRecord) -> None:
        self._heed(message)
        if not line.sms_url:
            return
        document = self._plant.webhooks.document(
            line.sms_url, self._params(message), fallback_url=line.sms_fallback_url
        )
        if document is not None:
            self._answer(message, document.root)

    def _heed(self, message: MessageRecord) -> None:
        """What the carrier does by itself with STOP, START and HELP, beside the webhook."""
        word, pair = message.body.strip().upper(), (message.from_, message.to)
        if word in STOP_WORDS and pair not in self._opted_out:
            self._opted_out.add(pair)
            self._reply(message, STOP_REPLY)
        elif word in START_WORDS and pair in self._opted_out:
            self._opted_out.discard(pair)
            self._reply(message, START_REPLY)
        elif word in HELP_WORDS:
            self._reply(message, HELP_REPLY)

    def _answer(self, message: MessageRecord, root: Element) -> None:
        for said in root.iter("Message"):
            body = said.find("Body")
            words = (said.text if body is None else body.text) or ""
            if (message.from_, message.to) not in self._opted_out:
                self._reply(message, words.strip())
        for said in root.findall("Say"):  # a plain-text answer
            self._reply(message, (said.text or "").strip())

    def _reply(self, message: MessageRecord, body: str) -> None:
        self._promise(self._written(message.from_, message.to, body, "outbound-reply"))

    def _params(self, message: MessageRecord) -> dict[str, str]:
        plant = self._plant
        media = f"{plant.api_base}/{API_VERSION}/Accounts/{plant.account_sid}/Messages/{message.sid}/Media/ME"
        told = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": plant.account_sid,
            "ApiVersion": API_VERSION,
            "SmsStatus": "received",
            "From": message.from_,
            "To": message.to,
            "Body": message.body,
            "NumMedia": str(message.media),
            "NumSegments": str(message.segments),
            **geography("From", message.from_),
            **geography("To", message.to),
            **UNKNOWN_PARAMETER,
        }
        for n in range(message.media):
            told |= {f"MediaUrl{n}": f"{media}{n:032x}", f"MediaContentType{n}": "image/jpeg"}
        return told
