"""One step: one thing that a person, the carrier or the clock does. A table of what can happen, with weights."""

from campaigns.sim import callers, clocks, mischief, office, texters

# what happens: how often by itself, the function that does it (world, dice → a line of the story, or None: not now)
STEPS = (
    (14, texters.resident_texts),
    (16, texters.volunteer_answers),
    (10, texters.volunteer_reports),
    (3, texters.somebody_texts_anything),
    (3, texters.carrier_word),
    (2, texters.robot_answers),
    (9, callers.somebody_dials),
    (34, callers.somebody_at_a_telephone),
    (6, office.staff_act),
    (1, office.somebody_looks),
    (30, clocks.moments_pass),
    (16, clocks.until_something_is_due),
    (4, clocks.minutes_pass),
    (1, clocks.hours_pass),
    (2, clocks.clock_is_set),
    (1, clocks.machine_sleeps),
    (3, mischief.post_comes_again),
    (3, mischief.crash_is_coming),
    (2, mischief.carrier_stumbles),
    (1, mischief.carrier_goes_down),
    (2, mischief.handset_off_or_on),
    (1, mischief.restart_in_peace),
    (1, mischief.process_is_stopped),
)


def take(world, index):
    """Do step `index` of this life; the line that tells of it."""
    dice = world.luck.step(world.seed, index)
    weights = [weight * world.taste.get(step.__name__, 1.0) for weight, step in STEPS]
    for _ in range(4):
        step = dice.choices(STEPS, weights)[0][1]
        line = step(world, dice)
        if line is not None:
            return line
    return clocks.moments_pass(world, dice)
