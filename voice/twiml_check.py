"""Say what is wrong with a TwiML document, by the numbers Twilio itself uses.

There is no public schema and Twilio's own helper classes take any value, so the rules stand here as tables. The
exchange refuses what this refuses, and the tests hold every document that leaves the house against it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

DOCUMENT_BYTES_MAX = 64 * 1024
SAY_CHARACTERS_MAX = 3000
DEPTH_MAX = 50
TEXT_CHARACTERS_MAX = 1600


@dataclass(frozen=True)
class TwimlFault:
    """One thing wrong with a document."""

    code: int
    sentence: str


@dataclass(frozen=True)
class Rule:
    """What the value of an attribute must look like, and Twilio's number for one that does not."""

    fits: Callable[[str], bool]
    wants: str
    code: int = 12200


@dataclass(frozen=True)
class Verb:
    """What an element may hold and be told."""

    attributes: Mapping[str, Rule] = field(default_factory=dict)
    holds: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    has_text: bool = False
    nesting_code: int = 12200


class UnreadableTwiml(ValueError):
    """The document is not XML that we are willing to read."""


def faults(document: str) -> list[TwimlFault]:
    """Everything wrong with the document; an empty list means that Twilio would carry it out as meant."""
    if len(document.encode(errors="replace")) > DOCUMENT_BYTES_MAX:
        return [TwimlFault(11750, "The document is larger than 64 kB.")]
    if not document.strip():
        return [TwimlFault(11770, "The document is empty.")]
    try:
        root = parsed(document)
    except UnreadableTwiml as error:
        return [TwimlFault(12100, str(error))]
    if root.tag != "Response":
        return [TwimlFault(12102, f"The root element must be <Response>, not <{root.tag}>.")]
    return list(_faults_of(root))


def parsed(document: str) -> Element:
    """The root element, read without ever expanding an entity: a document type is refused."""
    parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314 - the builder refuses every document type
    try:
        parser.feed(document)
        root = parser.close()
    except (ElementTree.ParseError, UnicodeEncodeError) as error:
        raise UnreadableTwiml(f"The document cannot be parsed: {error}.") from error
    assert isinstance(root, Element)  # noqa: S101 - what a TreeBuilder's close() gives
    return root


class _NoDoctype(ElementTree.TreeBuilder):
    """A tree builder that stops at the first sign of a DTD, before any entity can grow, and at silly depths."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise UnreadableTwiml(f"The document is nested more than {DEPTH_MAX} deep.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise UnreadableTwiml("The document names a document type, which is refused.")


def _faults_of(element: Element) -> Iterator[TwimlFault]:
    verb = VERBS[element.tag]
    yield from _wrong_attributes(element, verb)
    if not verb.has_text and _own_text(element):
        yield TwimlFault(12200, f"<{element.tag}> holds text, which it may not.")
    for child in element:
        if child.tag not in verb.holds:
            yield TwimlFault(verb.nesting_code, f"<{child.tag}> is not allowed inside <{element.tag}>.")
        elif child.tag in VERBS:
            yield from _faults_of(child)
    for further in FURTHER.get(element.tag, ()):
        yield from further(element)


def _wrong_attributes(element: Element, verb: Verb) -> Iterator[TwimlFault]:
    for name, value in element.attrib.items():
        rule = verb.attributes.get(name)
        if rule is None:
            yield TwimlFault(12200, f"<{element.tag}> has no attribute {name!r}.")
        elif not rule.fits(value):
            yield TwimlFault(rule.code, f"{name} of <{element.tag}> must be {rule.wants}{_but_is(value)}.")
    for name in verb.needs:
        if name not in element.attrib:
            yield TwimlFault(12200, f"<{element.tag}> must name its {name}.")


def _but_is(value: str) -> str:
    # Faults are logged, and no telephone number belongs in a log.
    return "" if sum(letter.isdigit() for letter in value) > 6 else f", not {value[:40]!r}"


def _own_text(element: Element) -> str:
    return ((element.text or "") + "".join(child.tail or "" for child in element)).strip()


# --- kinds of values ---------------------------------------------------------------------------------------------

_DIGITS = re.compile(r"[0-9]{1,6}", re.ASCII)
_VOICE = re.compile(
    r"man|woman|alice|Polly\.[A-Z][a-zé]+(-Neural|-Generative|-Long-Form)?"
    r"|Google\.[a-z]{2,3}-[A-Z]{2}-(Standard|Wavenet|Neural2|Chirp3-HD|Journey|Studio|News|Polyglot)-[A-Za-z]+"
)
BASIC_VOICES = frozenset({"man", "woman"})
_SAY_LANGUAGES = """
    af-ZA ar-AE ar-XA arb bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-AT de-DE el-GR en en-AU en-CA en-GB
    en-GB-WLS en-IE en-IN en-NZ en-US en-ZA en-gb es es-ES es-MX es-US et-EE eu-ES fi-FI fil-PH fr fr-BE fr-CA fr-FR
    gl-ES gu-IN he-IL hi-IN hr-HR hu-HU id-ID is-IS it-IT ja-JP kn-IN ko-KR lt-LT lv-LV ml-IN mr-IN ms-MY nb-NO nl-BE
    nl-NL pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sl-SI sr-RS sv-SE ta-IN te-IN th-TH tr-TR uk-UA ur-IN vi-VN yue-HK
    zh-CN zh-HK zh-TW de
"""
SAY_LANGUAGES = frozenset(_SAY_LANGUAGES.split())
_GATHER_LANGUAGE = re.compile(r"[a-z]{2,3}(-Han[st])?(-[A-Z]{2})?")
_NOT_IN_GATHER = frozenset({"zh-CN", "zh-HK", "cmn-CN", "yue-HK", "cmn-TW"})
# Several names of one spoken language; a voice speaks its own and no other.
_SAME_LANGUAGE = {"zh-CN": "cmn-CN", "zh-TW": "cmn-TW", "zh-HK": "yue-HK", "yue-CN": "yue-HK"}
_VOICE_SPEAKS = {
    "Zhiyu": "cmn-CN", "Hiujin": "yue-HK", "Joanna": "en-US", "Matthew": "en-US", "Salli": "en-US", "Kimberly": "en-US",
    "Kendra": "en-US", "Ivy": "en-US", "Joey": "en-US", "Justin": "en-US", "Kevin": "en-US", "Ruth": "en-US",
    "Stephen": "en-US", "Danielle": "en-US", "Gregory": "en-US", "Amy": "en-GB", "Emma": "en-GB", "Brian": "en-GB",
    "Arthur": "en-GB", "Nicole": "en-AU", "Russell": "en-AU", "Olivia": "en-AU",
    "Lupe": "es-US", "Penelope": "es-US", "Miguel": "es-US", "Pedro": "es-US",
}  # fmt: skip


def _one_of(*words: str, code: int = 12200) -> Rule:
    return Rule(lambda value: value in words, "one of " + ", ".join(words), code)


def _number(least: int, most: int, code: int = 12200) -> Rule:
    def fits(value: str) -> bool:
        return _DIGITS.fullmatch(value) is not None and least <= int(value) <= most

    return Rule(fits, f"a whole number from {least} to {most}", code)


def _words(most: int, code: int = 12200) -> Rule:
    return Rule(lambda value: 0 < len(value) <= most, f"1 to {most} characters", code)


def _either(left: Rule, right: Rule) -> Rule:
    return Rule(lambda value: left.fits(value) or right.fits(value), f"{left.wants}, or {right.wants}", left.code)


def _is_url(value: str) -> bool:
    if any(character.isspace() for character in value):
        return False
    parts = urlsplit(value)
    if parts.scheme or parts.netloc:
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    return value.startswith("/")


def _is_list_of(words: frozenset[str]) -> Callable[[str], bool]:
    return lambda value: bool(value.split()) and set(value.split()) <= words


_URL = Rule(_is_url, "an absolute http(s) address or a path from the root", 11100)
_BOOLEAN = _one_of("true", "false")
_ANYTHING = Rule(lambda value: True, "anything")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NUMBER_CALLED = Rule(lambda value: _E164.fullmatch(value) is not None, "a number like +15550100123", 13223)


def _method(code: int = 12200) -> Rule:
    return _one_of("GET", "POST", code=code)


def _events(words: str) -> Rule:
    return Rule(_is_list_of(frozenset(words.split())), "some of " + words)


_CALL_EVENTS = _events("initiated ringing answered completed")
_RECORDING_EVENTS = _events("in-progress completed absent")
_LOOP = _number(0, 1000, 13510)
_LANGUAGE = Rule(lambda value: value in SAY_LANGUAGES, "a language that Twilio can say")
_RECORD_CALL = _one_of(
    "do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual",
    "true", "false", code=13217,
)  # fmt: skip
_RECORDED = {
    "recordingStatusCallback": _URL,
    "recordingStatusCallbackMethod": _method(),
    "recordingStatusCallbackEvent": _RECORDING_EVENTS,
    "trim": _one_of("trim-silence", "do-not-trim"),
}

# --- the verbs ---------------------------------------------------------------------------------------------------

_SSML = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})
_CALL_VERBS = frozenset({"Dial", "Enqueue", "Gather", "Hangup", "Leave", "Pause", "Play", "Record", "Redirect",
                         "Reject", "Say"})  # fmt: skip
_NOUNS = frozenset({"Application", "Client", "Conference", "Number", "Queue", "Sim", "Sip", "WhatsApp"})
_CALLED = {
    "url": _URL,
    "method": _method(13221),
    "statusCallback": _URL,
    "statusCallbackMethod": _method(),
    "statusCallbackEvent": _CALL_EVENTS,
    "machineDetection": _one_of("Enable", "DetectMessageEnd"),
}

VERBS: dict[str, Verb] = {
    "Response": Verb(holds=_CALL_VERBS | {"Message"}),
    "Say": Verb(
        {"voice": Rule(lambda value: _VOICE.fullmatch(value) is not None, "a voice of Twilio's", 13511),
         "language": _LANGUAGE, "loop": _LOOP},
        holds=_SSML, has_text=True,
    ),
    "Play": Verb(
        {"loop": _number(0, 1000, 13410),
         "digits": Rule(lambda v: re.fullmatch(r"[0-9*#wW]+", v) is not None, "digits and w")},
        has_text=True,
    ),
    "Pause": Verb({"length": _number(1, 3600, 13910)}),
    "Gather": Verb(
        {"action": _URL, "method": _method(13312), "timeout": _number(1, 3600, 13313),
         "numDigits": _number(1, 1000, 13314),
         "finishOnKey": Rule(lambda value: re.fullmatch("[0-9#*]?", value) is not None, "one key or empty", 13310),
         "input": _one_of("dtmf", "speech", "dtmf speech", "speech dtmf"), "actionOnEmptyResult": _BOOLEAN,
         "language": Rule(lambda v: _GATHER_LANGUAGE.fullmatch(v) is not None and v not in _NOT_IN_GATHER,
                          "a language that Twilio can hear (cmn-Hans-CN, not zh-CN)"),
         "hints": _words(50_500, 13330), "speechTimeout": _either(_number(1, 600, 13327), _one_of("auto")),
         "speechModel": _ANYTHING, "enhanced": _BOOLEAN, "profanityFilter": _BOOLEAN, "barge": _BOOLEAN,
         "bargeIn": _BOOLEAN, "partialResultCallback": _URL, "partialResultCallbackMethod": _method()},
        holds=frozenset({"Say", "Play", "Pause"}), needs=("action",), nesting_code=13320,
    ),
    "Record": Verb(
        {"action": _URL, "method": _method(13610), "timeout": _number(0, 3600, 13611),
         "finishOnKey": Rule(lambda value: re.fullmatch("[0-9#*]*", value) is not None, "keys or empty", 13613),
         "maxLength": _number(1, 14400, 13612), "playBeep": _one_of("true", "false", code=13616),
         "transcribe": _one_of("true", "false", code=13614), "transcribeCallback": _URL, **_RECORDED},
        needs=("action",),
    ),
    "Dial": Verb(
        {"action": _URL, "method": _method(13210), "timeout": _number(1, 600, 13212),
         "callerId": Rule(lambda value: value == "anonymous" or _E164.fullmatch(value) is not None,
                          "a number like +15550100123", 13214),
         "answerOnBridge": _BOOLEAN, "hangupOnStar": _one_of("true", "false", code=13213),
         "timeLimit": _number(1, 86400, 13216), "record": _RECORD_CALL, "sequential": _BOOLEAN,
         "callReason": _words(50), "ringTone": _words(20), "referUrl": _URL, "referMethod": _method(), **_RECORDED},
        holds=_NOUNS, has_text=True, nesting_code=13215,
    ),
    "Number": Verb({**_CALLED, "sendDigits": _words(32, 13222), "byoc": _words(64)}, has_text=True),
    "Client": Verb({**_CALLED}, holds=frozenset({"Identity", "Parameter"}), has_text=True),
    "Sip": Verb({**_CALLED, "username": _words(256), "password": _words(256)}, has_text=True),
    "WhatsApp": Verb({**_CALLED}, has_text=True),
    "Sim": Verb(has_text=True),
    "Queue": Verb({"url": _URL, "method": _method(14210)}, has_text=True),
    "Enqueue": Verb(
        {"action": _URL, "method": _method(14201), "waitUrl": _URL, "waitUrlMethod": _method(14206),
         "maxQueueSize": _number(1, 5000), "workflowSid": _words(34, 14220)},
        holds=frozenset({"Task"}), has_text=True,
    ),
    "Redirect": Verb({"method": _method(13710)}, has_text=True),
    "Reject": Verb({"reason": _one_of("rejected", "busy")}),
    "Hangup": Verb(),
    "Leave": Verb(),
    "Message": Verb(
        {"to": _NUMBER_CALLED, "from": _NUMBER_CALLED, "action": _URL, "method": _method(14104),
         "statusCallback": _URL},
        holds=frozenset({"Body", "Media"}), has_text=True, nesting_code=14110,
    ),
    "Body": Verb(has_text=True),
    "Media": Verb(has_text=True),
    "break": Verb({"strength": _one_of("none", "x-weak", "weak", "medium", "strong", "x-strong"),
                   "time": Rule(lambda v: re.fullmatch(r"[0-9]+(\.[0-9]+)?m?s", v) is not None, "like 500ms or 1s")}),
    "emphasis": Verb({"level": _one_of("strong", "moderate", "reduced")}, holds=_SSML, has_text=True),
    "lang": Verb({"xml:lang": _LANGUAGE, "{http://www.w3.org/XML/1998/namespace}lang": _LANGUAGE},
                 holds=_SSML, has_text=True),
    "p": Verb(holds=_SSML, has_text=True),
    "s": Verb(holds=_SSML, has_text=True),
    "phoneme": Verb({"alphabet": _one_of("ipa", "x-sampa", "x-amazon-pinyin", "x-amazon-jyutping"), "ph": _words(300)},
                    needs=("alphabet", "ph"), has_text=True),
    "prosody": Verb(
        {"rate": Rule(lambda v: v in {"x-slow", "slow", "medium", "fast", "x-fast"}
                      or (v.endswith("%") and _number(20, 200).fits(v[:-1])), "a word, or 20% to 200%"),
         "volume": Rule(lambda v: re.fullmatch(r"default|silent|x-soft|soft|medium|loud|x-loud|[+-][0-9.]+dB", v)
                        is not None, "a word, or like +6dB"),
         "pitch": Rule(lambda v: re.fullmatch(r"default|x-low|low|medium|high|x-high|[+-][0-9.]+%", v) is not None,
                       "a word, or like -10%")},
        holds=_SSML, has_text=True,
    ),
    "say-as": Verb({"interpret-as": _one_of(
        "address", "cardinal", "characters", "date", "digits", "expletive", "fraction", "number", "ordinal",
        "spell-out", "telephone", "time", "unit"),
        "format": _words(10), "role": _words(30)}, needs=("interpret-as",), has_text=True),
    "sub": Verb({"alias": _words(300)}, needs=("alias",), has_text=True),
    "w": Verb({"role": _words(60)}, needs=("role",), has_text=True),
    # Known by name, so that they may stand in a Dial; what they are told is not looked into, we use none of them.
    "Conference": Verb(has_text=True), "Application": Verb(has_text=True), "Identity": Verb(has_text=True),
    "Parameter": Verb({"name": _ANYTHING, "value": _ANYTHING}), "Task": Verb(has_text=True),
}  # fmt: skip

# --- what concerns more than one attribute -------------------------------------------------------------------------


def _say(say: Element) -> Iterator[TwimlFault]:
    words = "".join(say.itertext()).strip()
    if not words:
        yield TwimlFault(13520, "<Say> says nothing.")
    if len(words) > SAY_CHARACTERS_MAX:
        yield TwimlFault(13521, f"<Say> is longer than {SAY_CHARACTERS_MAX} characters.")
    if len(say) and say.get("voice", "man") in BASIC_VOICES:
        yield TwimlFault(13520, "<Say> holds SSML, which the basic voices cannot speak: name a Polly or Google voice.")
    spoken = _language_of_voice(say.get("voice", ""))
    told = say.get("language", "")
    if spoken and told and _SAME_LANGUAGE.get(told, told) != spoken:
        yield TwimlFault(13511, f"The voice {say.get('voice')} does not speak {told}.")


def _language_of_voice(voice: str) -> str:
    maker, _, name = voice.partition(".")
    if maker == "Polly":
        return _VOICE_SPEAKS.get(name.split("-")[0], "")
    if maker == "Google":
        own = "-".join(name.split("-")[:2])
        return _SAME_LANGUAGE.get(own, own)
    return ""


def _play(play: Element) -> Iterator[TwimlFault]:
    address = (play.text or "").strip()
    if bool(address) == ("digits" in play.attrib):
        yield TwimlFault(12200, "<Play> needs an address or digits, one of the two.")
    if address and not _is_url(address):
        yield TwimlFault(11100, f"<Play> must hold {_URL.wants}.")


def _gather(gather: Element) -> Iterator[TwimlFault]:
    if any("digits" in play.attrib for play in gather.iter("Play")):
        yield TwimlFault(13320, "<Play digits> is not allowed inside <Gather>.")
    if gather.get("speechTimeout") == "auto" and "speechModel" in gather.attrib:
        yield TwimlFault(13327, "speechTimeout of <Gather> may not be auto when speechModel is named.")
    hints = [hint.strip() for hint in gather.get("hints", "").split(",")]
    if len(hints) > 500 or any(len(hint) > 100 for hint in hints):
        yield TwimlFault(13330, "hints of <Gather> may be 500 phrases of 100 characters each.")


def _redirect(redirect: Element) -> Iterator[TwimlFault]:
    if not _is_url((redirect.text or "").strip()):
        yield TwimlFault(11100, f"<Redirect> must hold {_URL.wants}.")


def _number_called(number: Element) -> Iterator[TwimlFault]:
    if not _NUMBER_CALLED.fits((number.text or "").strip()):
        yield TwimlFault(13223, f"<{number.tag}> must hold {_NUMBER_CALLED.wants}.")


def _dial(dial: Element) -> Iterator[TwimlFault]:
    number = (dial.text or "").strip()
    if not number and not len(dial):
        yield TwimlFault(13223, "<Dial> names nobody to call.")
    if number and not _NUMBER_CALLED.fits(number):
        yield TwimlFault(13223, f"<Dial> must hold {_NUMBER_CALLED.wants}.")


def _enqueue(enqueue: Element) -> Iterator[TwimlFault]:
    if len((enqueue.text or "").strip()) > 64:
        yield TwimlFault(14205, "The name of a queue has at most 64 characters.")


def _message(message: Element) -> Iterator[TwimlFault]:
    body = message.find("Body")
    words = (message.text if body is None else body.text) or ""
    if len(words) > TEXT_CHARACTERS_MAX:
        yield TwimlFault(14103, f"<Message> is longer than {TEXT_CHARACTERS_MAX} characters.")
    if not words.strip() and message.find("Media") is None:
        yield TwimlFault(14103, "<Message> says nothing.")


FURTHER: dict[str, tuple[Callable[[Element], Iterator[TwimlFault]], ...]] = {
    "Say": (_say,), "Play": (_play,), "Gather": (_gather,), "Redirect": (_redirect,), "Number": (_number_called,),
    "Dial": (_dial,), "Enqueue": (_enqueue,), "Message": (_message,),
}  # fmt: skip
