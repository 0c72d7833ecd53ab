"""What must be true of every answer, whatever was posted. Each check yields one sentence for each thing that is not."""

from xml.etree import ElementTree

from town import ANNA, KARL, MEI, ROSE

from models.storage import sqlite_module
from voice.twiml_check import faults

# Words that nobody may hear on the strength of a number alone, and that no log may hold.
SURNAME, STREET = "Canarysurname", "Canarystreet"
CANARIES = (SURNAME, STREET, "t" * 32, *(number.lstrip("+") for number in (ROSE, KARL, ANNA, MEI)))
_TAGS = {
    "Response", "Say", "Gather", "Dial", "Number", "Record", "Redirect", "Hangup", "Play", "Pause", "break", "prosody",
    "say-as", "lang",
}  # fmt: skip
_EXPECTED = {200, 204, 400, 403, 404, 405, 413, 308}


class Ledger:
    """Tells whether anything was stored, from outside: SQLite counts every commit that changed something."""

    def __init__(self, path):
        self._connection = sqlite_module().connect(str(path))

    def version(self):
        """Another number after each change."""
        return self._connection.execute("PRAGMA data_version").fetchone()[0]

    def close(self):
        """Let go of the file."""
        self._connection.close()


def wrong(post, answer, is_ours):
    """Everything that is wrong with the answer alone. `is_ours`: a call that we placed may say more."""
    if answer.status not in _EXPECTED:
        yield f"was answered {answer.status}"
    if answer.media_type == "text/xml":
        yield from wrong_document(post.path, answer.body)
    elif answer.status == 200:
        yield f"was answered {answer.media_type or 'nothing'}"
    if not is_ours:
        said = [word for word in CANARIES if word in answer.body and not any(word in value for _, value in post.pairs)]
        if said:
            yield f"told somebody unverified {said}"


def wrong_document(path, document):
    """Everything that is wrong with TwiML as an answer there: no XML, other verbs than ours, or what Twilio refuses."""
    for fault in faults(document):
        yield f"was answered with TwiML that has a fault: {fault}"
    try:
        tags = {element.tag for element in ElementTree.fromstring(document).iter()}  # noqa: S314 - our own
    except ElementTree.ParseError as error:
        yield f"was answered with what is no XML: {error}"
        return
    if tags - _TAGS or (path.startswith("/sms") and tags != {"Response"}):
        yield f"was answered with {sorted(tags - _TAGS) or sorted(tags)}"
