"""Record: a beep, a person's words, and what becomes of them."""

from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from voice.exchange import spoken
from voice.exchange.ledger import RecordingRecord
from voice.exchange.leg import Leg
from voice.exchange.plant import API_VERSION
from voice.exchange.step import Step

_KEYS = "1234567890*#"


def record(leg: Leg, element: Element) -> None:
    """Beep, and listen."""
    if element.get("playBeep", "true") == "true":
        leg.hear("beep")
    leg.wait(Recording(leg, element))


class Recording(Step):
    """Listening until silence, a finishing key, the longest time, or a hang-up."""

    state = "recording"
    expects = "words"

    def __init__(self, leg: Leg, element: Element) -> None:
        self._element = element
        self._silence = float(element.get("timeout", "5")) or float("inf")
        self._began = leg.plant.elapsed()
        self._latest = self._began + float(element.get("maxLength", "3600"))
        self._words: list[str] = []
        self._spoken_until = self._began
        super().__init__(leg, min(self._began + self._silence, self._latest))

    def on_words(self, words: str) -> bool:
        self._words.append(words)
        starts = max(self._spoken_until, self.leg.plant.elapsed())
        self._spoken_until = starts + max(1.0, spoken.seconds_of(words))
        self.due = min(self._spoken_until + self._silence, self._latest)
        self.leg.hear("own", words, self.leg.handset.language)
        self.leg.arm()
        return True

    def on_key(self, key: str) -> None:
        if key in self._element.get("finishOnKey", _KEYS):
            self._finish({"Digits": key})

    def on_time(self) -> None:
        self._finish({})

    def on_hang_up(self) -> None:
        self._finish({"Digits": "hangup"})

    def _finish(self, extra: dict[str, str]) -> None:
        leg = self.leg
        kept = self._kept()
        if kept is None:
            # Older pages of Twilio: an empty recording is none, and the call goes on in the document.
            self._tell("absent", RecordingRecord(leg.call.sid, "", leg.plant.now(), leg.plant.elapsed(), 0))
            return None if leg.call.is_over else leg.go_on()
        told = self._about(kept) | extra
        if leg.call.is_over:
            return self._last_request(told)
        return leg.go_to(self._element.get("action") or leg.url, self._element.get("method", "POST"), told)

    def _kept(self) -> RecordingRecord | None:
        leg = self.leg
        if not self._words and leg.plant.faults.empty_recording == "absent":
            return None
        now = leg.plant.elapsed()
        is_trimmed = self._element.get("trim", "trim-silence") == "trim-silence"
        until = min(now, self._spoken_until) if is_trimmed else now
        kept = RecordingRecord(
            leg.call.sid, " ".join(self._words), leg.plant.now(), now, round(until - self._began), leg.handset.language
        )
        leg.plant.ledger.recordings.add(kept)
        leg.plant.later(leg.plant.faults.recording_seconds, lambda: self._ready(kept))
        return kept

    def _ready(self, kept: RecordingRecord) -> None:
        kept.status = "completed"
        self._tell("completed", kept)

    def _tell(self, status: str, kept: RecordingRecord) -> None:
        url = self._element.get("recordingStatusCallback")
        if not url or status not in self._element.get("recordingStatusCallbackEvent", "completed").split():
            return
        plant = self.leg.plant
        told = {
            "AccountSid": plant.account_sid,
            "RecordingStatus": status,
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            "CallSid": kept.call_sid,
            **self._about(kept),
        }
        method = self._element.get("recordingStatusCallbackMethod", "POST")
        plant.call_back(urljoin(self.leg.url, url), told, method)

    def _last_request(self, told: dict[str, str]) -> None:
        action = urljoin(self.leg.url, self._element.get("action") or "")
        method = self._element.get("method", "POST")
        # The answer is asked for and thrown away: nobody is there to hear it.
        self.leg.plant.webhooks.document(action, self.leg.params(told), method=method, jar=self.leg.jar)

    def _about(self, kept: RecordingRecord) -> dict[str, str]:
        plant = self.leg.plant
        where = f"{plant.api_base}/{API_VERSION}/Accounts/{plant.account_sid}/Recordings/{kept.sid}"
        return {"RecordingSid": kept.sid, "RecordingUrl": where, "RecordingDuration": str(kept.duration_seconds)}
