"""What goes wrong around us: posts that come again, crashes, a carrier that stumbles, telephones that are off."""

from campaigns.sim import people
from campaigns.sim.crashes import KINDS

_SIGNS_OF_LIFE = {"leases", "installation"}
_SIGNS_OF_TROUBLE = {"alerts", "communities", "sqlite_sequence"}


def post_comes_again(world, dice):
    """An old post of the carrier comes once more, byte for byte: it changes nothing and is answered the same."""
    if not world.posts.kept or not world.is_up:
        return None
    method, url, params, headers, status, body = dice.choice(world.posts.kept)
    if not 200 <= status < 300:
        return None
    before, asked = world.digest(), world.ledger.count
    try:
        with world.luck.nothing_else():
            answer = world.posts.deliver(method, url, params, headers)
    except ConnectionError:
        return "an old post comes again, and the process dies over it"
    if world.process.is_dead:
        return "an old post comes again"
    world.counters.hit("webhook replayed")
    if "/whisper" not in url and answer.body != body:
        world.checker.add("replay = nothing", f"{url} was answered otherwise the second time")
    if (world.digest(), world.ledger.count) != (before, asked) and "/whisper/key" not in url:
        world.checker.add("replay = nothing", f"{url} changed something the second time: {world.difference(before)}")
    return f"an old post to {url.split('#')[0]} comes again"


def crash_is_coming(world, dice):
    """The process will die soon, wherever it is then."""
    if "crash" not in world.luck.knows or not world.is_up:
        return None
    kinds = dice.choice((KINDS, KINDS, *((kind,) for kind in KINDS)))
    count = dice.choice((1, 1, 2, 3, 5, 8, 13, 40)) if kinds is not KINDS else dice.randrange(1, 60)
    world.process.arm(count, kinds)
    return f"the process is going to die at {'anything' if kinds is KINDS else kinds[0]} number {count}"


def carrier_stumbles(world, dice):
    """The carrier refuses, fails, or loses an answer, a few times."""
    name = dice.choice(("rest_429_next", "rest_503_next", "answers_lost_next"))
    if name not in world.luck.stumbles:
        return None
    count = dice.choice((1, 1, 2, 4))
    world.faults.set({name: count})
    return f"the carrier stumbles: {name} {count}"


def carrier_goes_down(world, dice):
    """The carrier's interface is down, or comes back."""
    if "down" not in world.luck.knows:
        return None
    world.faults.set({"is_down": not world.faults.is_down})
    return f"the carrier is {'down' if world.faults.is_down else 'back'}"


def handset_off_or_on(world, dice):
    """Somebody switches a telephone off, or on."""
    if "off" not in world.luck.knows:
        return None
    number = dice.choice((people.ROSE, people.OTTO, people.SAM, people.LEE, people.MEI, people.WANG, people.DORA))
    is_off = number not in world.faults.switched_off
    world.exchange.switch_off(number, is_off)
    if is_off:
        world.counters.hit("handset off")
    return f"{people.NAMES[number]} switches the telephone {'off' if is_off else 'on'}"


def restart_in_peace(world, dice):
    """The process is stopped and started while nothing is due: nothing leaves."""
    if not world.is_up or world.is_asleep:
        return None
    world.due.is_new = True  # a new process looks at everything, so the old one does just before
    world.settle()
    if not world.is_up or world.due.sweeps() or world.posts.lie_in_the_lists():
        return None  # something waits for a way out that rests, or to be read: a new process is right to look at once
    before, rows, trouble_at = world.ledger.count, world.digest(), world.trouble_at
    world.down(0)
    world.up()
    world.settle()
    world.counters.hit("restarted in peace")
    if world.ledger.count != before:
        world.checker.add("quiet restart", f"{world.ledger.count - before} texts or calls left because of a restart")
    changed = set(world.difference(rows)) - _SIGNS_OF_LIFE
    if world.trouble_at != trouble_at:
        changed -= _SIGNS_OF_TROUBLE  # the carrier did not answer the new process: that is told on the board
    if world.is_up and changed:
        world.checker.add("quiet restart", f"a restart changed {changed}")
    return "the process is restarted in peace"


def process_is_stopped(world, dice):
    """No process for a while: whoever rings or texts meets nobody."""
    if "crash" not in world.luck.knows or not world.is_up:
        return None
    seconds = dice.choice((5, 60, world.luck.longest_downtime))
    world.process.died_at = ""
    world.down(seconds)
    return f"the process is stopped for {seconds} seconds"
