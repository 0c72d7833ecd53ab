"""Who is paid a part of her meals by the community: rules are added and end; what was counted keeps its price."""

from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from models.changes import touch
from models.events import Event
from models.money import Subsidy, hardships_of, subsidies_of

_OLDEST = 120
_LONGEST_NAME, _LONGEST_WORD = 80, 40


def rules_of(desk: Desk) -> dict[str, object]:
    """What the settings show: rules that hold or will, those that are over, and the words for those in hardship."""
    rules = subsidies_of(desk.session, desk.community.id)
    over = [rule for rule in rules if rule.until_date is not None and rule.until_date < desk.wall.today]
    return {
        "rules": [rule for rule in rules if rule not in over],
        "past_rules": over,
        "hardships": hardships_of(desk.session, desk.community.id),
    }


def add(desk: Desk) -> ResponseReturnValue:
    """One more rule."""
    form = Form(desk)
    name = form.words("subsidy_name", most=_LONGEST_NAME, needed=True)
    from_age = form.maybe("from_age", lambda: form.whole("from_age", 0, _OLDEST))
    percent = form.maybe("percent", lambda: form.whole("percent", 0, 100)) or 0
    hardship, cents = form.words("for_hardship", most=_LONGEST_WORD), form.money("and_sum") or 0
    start, end = form.day("from_date"), form.day("until_date", needed=False)
    if start and end and end < start:
        form.mistakes.append(desk.words.t("wrong.ends_before"))
    if not form.mistakes and not percent and not cents:
        form.mistakes.append(desk.words.t("wrong.pays_nothing"))
    form.check()
    rule = Subsidy(
        community_id=desk.community.id, name=name, from_age=from_age, hardship=hardship, percent=percent, cents=cents,
        from_date=start, until_date=end,
    )  # fmt: skip
    desk.session.add(rule)
    desk.session.flush()
    return _saved(desk, rule, "add_subsidy")


def end(desk: Desk, row_id: int) -> ResponseReturnValue:
    """From the day after on it pays for nobody."""
    rule, form = desk.find(Subsidy, row_id), Form(desk)
    last_day = form.day("last_day")
    form.check()
    rule.until_date = last_day
    return _saved(desk, rule, "end_subsidy")


def _saved(desk: Desk, rule: Subsidy, verb: str) -> ResponseReturnValue:
    why = f"subsidy {rule.id}"
    desk.session.add(Event(community_id=desk.community.id, at=desk.now, who=desk.who, verb=verb, why=why))
    touch(desk.session, desk.community.id)
    desk.tell("settings_saved")
    return desk.go("settings")
