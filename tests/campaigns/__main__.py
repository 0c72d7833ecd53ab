"""scripts/soak NAME [options]: run one long campaign and print what came of it."""

import importlib
import sys

# name → what it shows
CAMPAIGNS = {
    "simulation": "the real program with seeded people, faults and crashes; every invariant after every step",
    "kills": "SIGKILL at each statement, commit, send and answer: nothing acknowledged is lost, nothing is doubled",
    "power_cuts": "the disk images that a power cut would leave: every acknowledged order is there",
    "server_kills": "the whole server killed under load: nothing acknowledged is missing; restart to first answer",
    "races": "2 to 50 volunteers say yes at once, on both databases: one winner",
    "walk": "random fingers on the menus: every call ends in one outcome, nobody is left without a promise",
    "fuzz": "signed webhooks with anything in them: never a 5xx, never TwiML that the carrier would refuse",
    "hostile": "strings of people who mean harm, through every door: nothing runs in a browser, a spreadsheet, at the carrier",
    "strangers": "100,000 senders whom nobody knows: so many are answered and no more, every text is kept, no cry is lost",
    "canary": "a week in which every word about anybody is a canary: who learns what, and what is left of the forgotten",
    "forged": "unsigned, mis-signed, re-cut, unlogged and replayed requests: refused, and no row of any table changes",
    "slow": "hundreds who send or read byte by byte at the real server: the line answers signed posts as if they were not there",
    "week": "a week of meals with the lists of an office: every meal has one fate, and what was told was cooked",
    "sharing": "whom the queue asks about many jobs at once, against the optimum of an established solver",
    "restore_drill": "a large database backed up, life gone on, restored: nothing sent again, no code used twice",
    "planted": "deliberate faults, planted one by one: the checks find every one",
}


def main() -> int:
    """Run the campaign that is named; 0 when it found nothing."""
    if len(sys.argv) < 2 or sys.argv[1] not in CAMPAIGNS:
        print("Call: scripts/soak NAME [--help]\n", file=sys.stderr)
        for name, words in CAMPAIGNS.items():
            print(f"  {name:14}{words}", file=sys.stderr)
        return 2
    campaign = importlib.import_module(f"campaigns.{sys.argv[1]}")
    return int(campaign.main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
