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
    "looked in the list", "not in the list, sent again", "refused on the wire", "silence on the wire",
    "handset off", "tried again later", "called instead of texted", "text waited for the morning", "text expired", "withdrawn before it left", "recording fetched",
    "household asked who it is",
    "webhook doubled", "webhook replayed", "webhook answered into the void", "webhook met nobody",
    "callback quicker than the answer", "two watches at once", "clock set forward", "clock set back", "machine asleep",
    "call of ours answered", "call of ours unanswered", "call of ours by machine", "person connected", "message left",
    "withheld caller", "unknown caller", "unknown text", "robot answered", "poison text", "landline volunteer took it",
    "hung up half way", "restarted in peace", "night of the clock change", "lost call ended",
    "board looked at",
)  # fmt: skip


# What can be counted at the end of a life, from what is stored then.
_HARVEST = {
    "ordered by text": "SELECT count(*) FROM help_requests WHERE source='sms' AND menu_id IS NOT NULL",
    "help asked by text": "SELECT count(*) FROM help_requests WHERE source='sms' AND menu_id IS NULL",
    "help asked by call": "SELECT count(*) FROM help_requests WHERE source='voice' AND menu_id IS NULL",
    "menu closed": "SELECT count(*) FROM menus WHERE closed_at IS NOT NULL",
    "offer withdrawn": "SELECT count(*) FROM offers WHERE state='withdrawn'",
    "offer expired": "SELECT count(*) FROM offers WHERE state='expired'",
    "landline volunteer took it": "SELECT count(*) FROM offers WHERE state='yes' AND channel='call'",
    "taken by call": "SELECT count(*) FROM calls WHERE direction='outbound' AND cause IN ('offer','offer_round') AND outcome='answered'",
    "alert passed on": "SELECT count(*) FROM alerts WHERE told > 1",
    "alert acknowledged": "SELECT count(*) FROM alerts WHERE acknowledged_at IS NOT NULL",
    "callback opened": "SELECT count(*) FROM callbacks",
    "callback reminded": "SELECT count(*) FROM callbacks WHERE reminders > 0",
    "carrier down noticed": "SELECT count(*) FROM alerts WHERE kind='carrier_down'",
    "tried again later": "SELECT count(*) FROM messages WHERE direction='outbound' AND attempts > 1",
    "called instead of texted": "SELECT count(*) FROM phones WHERE cannot_text_since IS NOT NULL",
    "text expired": "SELECT count(*) FROM messages WHERE state='expired'",
    "withdrawn before it left": "SELECT count(*) FROM messages WHERE state='cancelled' AND error_code='withdrawn'",
    "person connected": "SELECT count(*) FROM calls WHERE outcome='connected'",
    "message left": "SELECT count(*) FROM recordings",
    "recording fetched": "SELECT count(*) FROM recordings WHERE fetched_at IS NOT NULL",
    "call of ours unanswered": "SELECT count(*) FROM calls WHERE direction='outbound' AND outcome='no_answer'",
    "text waited for the morning": "SELECT count(*) FROM messages WHERE direction='outbound' AND claimed_at IS NOT NULL"
                                   " AND julianday(claimed_at) - julianday(made_at) > 0.2",
    "household asked who it is": "SELECT count(*) FROM messages WHERE cause='who_choice'",
    "lost call ended": "SELECT count(*) FROM calls WHERE ended_at IS NOT NULL AND julianday(ended_at) - julianday(started_at) > 0.0104",
}  # fmt: skip


class Counters(Counter):
    """How often each thing has happened."""

    def hit(self, what, times=1):
        """It has happened."""
        self[what] += times

    def harvest(self, raw):
        """Count what one life has left behind."""
        for what, query in _HARVEST.items():
            self[what] += raw.execute(query).fetchone()[0]

    def missing(self):
        """What has never happened."""
        return [what for what in SOMETIMES if not self[what]]
