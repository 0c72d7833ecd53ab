"""Where today's meals go: a picture of zones, stops and rounds, and beside it the list that says the same."""

from dispatch.board.desk import Desk
from dispatch.board.pages.counted import handed_out
from dispatch.board.picture import Area, Stop, drawn
from models.jobs import Job
from models.kitchens import kitchens_of
from models.menus import Menu
from models.requests import HelpRequest


def show(desk: Desk, row_id: int) -> str:
    """Of one menu; what was called off goes nowhere."""
    menu = desk.find(Menu, row_id)
    meals = handed_out(desk, menu)
    kitchens = [(kitchen.name, kitchen.point) for kitchen in kitchens_of(desk.session, desk.community.id)]
    areas = [Area(zone.id, zone.name, zone.point) for zone in desk.community.zones]
    rounds: dict[Job, list[HelpRequest]] = {}
    for meal in sorted(meals, key=lambda meal: (meal.job.code if meal.job else 0, meal.stop_position, meal.id)):
        if meal.job is not None:
            rounds.setdefault(meal.job, []).append(meal)
    picture = drawn([_stop(meal) for meal in meals], areas, kitchens) if meals else None
    looks = {line.job_id: line.look for line in picture.lines} if picture else {}
    return desk.page(
        "whither", menu=menu, picture=picture, rounds=rounds, looks=looks, loose=[m for m in meals if m.job is None]
    )


def _stop(meal: HelpRequest) -> Stop:
    job = meal.job
    return Stop(
        meal.id, meal.resident.zone_id, meal.resident.point, job.id if job else None, job.code if job else None,
        meal.place,
    )  # fmt: skip
