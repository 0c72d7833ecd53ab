"""Who is paid a part of her meals by the community: rules are added and end; what was counted keeps its price."""

from datetime import timedelta

from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.settling import Fields, Part, add, change, ticked
from models.events import Event
from models.money import Subsidy, hardships_of, subsidies_of

_OLDEST = 120
_LONGEST_NAME, _LONGEST_WORD = 80, 40
# That it has no last day: no field of a form, but what it was before it had one.
_GOES_ON = "goes_on"


def rules_of(desk: Desk) -> dict[str, object]:
    """What the settings show: rules that hold or will, those that are over, and the words for those in hardship."""
    rules = subsidies_of(desk.session, desk.community.id)
    over = [rule for rule in rules if rule.until_date is not None and rule.until_date < desk.wall.today]
    return {
        "rules": [rule for rule in rules if rule not in over],
        "past_rules": over,
        "hardships": hardships_of(desk.session, desk.community.id),
    }


def add_rule(desk: Desk) -> ResponseReturnValue:
    """One more rule."""
    rule = Subsidy(community_id=desk.community.id)
    answer = add(desk, SUBSIDIES, rule)
    _note(desk, rule, "add_subsidy")
    return answer


def end_rule(desk: Desk, row_id: int) -> ResponseReturnValue:
    """From the day after on it pays for nobody."""
    rule = desk.find(Subsidy, row_id)
    answer = change(desk, SUBSIDY_ENDS, rule)
    _note(desk, rule, "end_subsidy")
    return answer


def _write(form: Form, rule: Subsidy) -> None:
    name = form.words("subsidy_name", most=_LONGEST_NAME, needed=True)
    from_age = form.maybe("from_age", lambda: form.whole("from_age", 0, _OLDEST))
    percent = form.maybe("percent", lambda: form.whole("percent", 0, 100)) or 0
    hardship, cents = form.words("for_hardship", most=_LONGEST_WORD), form.money("and_sum") or 0
    start, end_ = form.day("from_date"), form.day("until_date", needed=False)
    if start and end_ and end_ < start:
        form.mistakes.append(form.desk.words.t("wrong.ends_before"))
    if not form.mistakes and not percent and not cents:
        form.mistakes.append(form.desk.words.t("wrong.pays_nothing"))
    form.check()
    assert start is not None  # noqa: S101 - the check has raised otherwise
    rule.name, rule.from_age, rule.hardship, rule.percent, rule.cents = name, from_age, hardship, percent, cents
    rule.from_date, rule.until_date = start, end_


def _shows(rule: Subsidy) -> Fields:
    return {
        "subsidy_name": rule.name,
        "from_age": "" if rule.from_age is None else str(rule.from_age),
        "for_hardship": rule.hardship,
        "percent": str(rule.percent),
        "and_sum": f"{rule.cents / 100:.2f}",
        "from_date": rule.from_date.isoformat(),
        "until_date": rule.until_date.isoformat() if rule.until_date else "",
    }


def _write_end(form: Form, rule: Subsidy) -> None:
    last_day = form.day("last_day", needed=not form.has(_GOES_ON))
    form.check()
    rule.until_date = last_day


def _shows_end(rule: Subsidy) -> Fields:
    return {"last_day": rule.until_date.isoformat() if rule.until_date else "", _GOES_ON: ticked(not rule.until_date)}


def _goes(desk: Desk, rule: Subsidy) -> None:
    """As if it had never been, if it has paid for nobody yet; else yesterday was its last day."""
    if rule.from_date >= desk.wall.today:
        desk.session.delete(rule)
    else:
        rule.until_date = desk.wall.today - timedelta(days=1)


def _note(desk: Desk, rule: Subsidy, verb: str) -> None:
    why = f"subsidy {rule.id}"
    desk.session.add(Event(community_id=desk.community.id, at=desk.now, who=desk.who, verb=verb, why=why))


SUBSIDIES = Part(
    "subsidies", Subsidy, _shows, _write, "subsidies", goes=_goes,
    again=lambda desk: Subsidy(community_id=desk.community.id),
)  # fmt: skip
SUBSIDY_ENDS = Part("subsidy_ends", Subsidy, _shows_end, _write_end, "subsidies")
