"""Time: it passes, it is set, the machine sleeps through it."""


def moments_pass(world, dice):
    """A few seconds."""
    seconds = dice.choice((1, 2, 5, 10, 20, 31))
    world.pass_time(seconds)
    return f"{seconds} seconds pass"


def until_something_is_due(world, dice):
    """Until the next thing is due, at most an hour."""
    seconds = world.due.next_in(3600.0)
    world.leap(seconds + 0.001)
    return f"{seconds:.0f} seconds pass until something is due"


def minutes_pass(world, dice):
    """Some minutes."""
    minutes = dice.choice((1, 3, 5, 11))
    world.pass_time(minutes * 60)
    return f"{minutes} minutes pass"


def hours_pass(world, dice):
    """Some hours, with everything that is due in them."""
    hours = dice.choice((1, 2, 6))
    world.pass_time(hours * 3600)
    return f"{hours} hours pass"


def clock_is_set(world, dice):
    """Somebody, or the network, sets our machine's clock."""
    if "clock" not in world.luck.knows:
        return None
    seconds = (
        dice.choice((-1, -20, 20, 45, -45))
        if world.luck.is_clock_mild
        else dice.choice((-3600, -600, -90, 90, 600, 3600))
    )
    world.set_clock(seconds)
    world.settle()
    return f"our clock is set {abs(seconds)} seconds {'back' if seconds < 0 else 'forward'}"


def machine_sleeps(world, dice):
    """The machine is suspended, and wakes: what was due meanwhile is late."""
    if "sleep" not in world.luck.knows or not world.is_up:
        return None
    seconds = dice.choice((60, 600, 5400))
    world.is_asleep = True
    world.pass_time(seconds)
    world.is_asleep = False
    world.counters.hit("machine asleep")
    world.settle()
    return f"our machine sleeps for {seconds} seconds"
