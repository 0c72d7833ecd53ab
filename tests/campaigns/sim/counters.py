"""What must have happened at least once in a long run, so that the simulation does not silently stop exercising it."""

from collections import Counter

# A run of some ten thousand steps reaches every one of these.
SOMETIMES = (
    "ordered by call", "ordered by text", "help asked by call", "help asked by text", "cancelled by its resident",
    "standing order placed", "menu closed", "taken", "taken by call", "said yes too late", "declined", "given back",
    "finished", "not at home", "worried", "stuck", "asked again", "given up", "reopened", "assigned by staff",
    "offer withdrawn", "offer expired", "alert passed on", "alert acknowledged", "callback opened", "callback reminded",
    "carrier down noticed", "opted out", "opted in again", "help word",
    "died at statement", "died at commit", "died at committed", "died at send", "died at sent", "died at answer",
    "found in the list", "not in the list, sent again", "unknown", "refused on the wire", "silence on the wire",
    "handset off", "tried again later", "called instead of texted", "text waited for the morning",
    "webhook doubled", "webhook replayed", "webhook answered into the void", "webhook met nobody",
    "callback quicker than the answer", "two watches at once", "clock set forward", "clock set back", "machine asleep",
    "call of ours answered", "call of ours unanswered", "call of ours by machine", "person connected", "message left",
    "withheld caller", "unknown caller", "unknown text", "robot answered", "poison text", "landline volunteer took it",
    "hung up half way", "restarted in peace", "night of the clock change", "lost call ended",
)  # fmt: skip


class Counters(Counter):
    """How often each thing has happened."""

    def hit(self, what, times=1):
        """It has happened."""
        self[what] += times

    def missing(self):
        """What has never happened."""
        return [what for what in SOMETIMES if not self[what]]
