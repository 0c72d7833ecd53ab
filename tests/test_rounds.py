"""From orders to rounds: by the way, zone by zone and kitchen by kitchen, in the order that staff want, carried by who can."""

from datetime import timedelta

import pytest
from board_town import build_town
from sqlalchemy import select

from dispatch.candidates import candidates
from dispatch.ordering import place_meal
from dispatch.rounds import close_menu
from dispatch.working import release
from models.jobs import Job
from models.kitchens import Kitchen
from models.menus import Menu
from models.nearness import Vehicle
from models.people import Consent, Resident, Volunteer
from models.requests import HelpRequest, Source

NORTH, A_HUNDRED_METRES = (39.9000, 116.4000), 0.0009


@pytest.fixture
def town(tmp_path):
    return build_town(tmp_path)


def people(town, count, *, step=1, zone=0, portions=1, first=1):
    """So many along a street to the north, a hundred metres apart, who all have lunch."""
    with town.database.begin() as session:
        menu = session.get_one(Menu, town.ids["lunch"])
        for number in range(first, first + count):
            person = Resident(
                community_id=menu.community_id, name=f"Person {number:02d}", phone=f"+86170001{number:05d}", language="en",
                zone_id=menu.community.zones[zone].id, address=f"{number * 7 % 10}-{number}", enrolled_at=town.now,
                consent=Consent.PAPER, latitude=NORTH[0] + number * step * A_HUNDRED_METRES, longitude=NORTH[1],
            )  # fmt: skip
            session.add(person)
            session.flush()
            place_meal(
                session,
                person,
                menu,
                menu.dishes[0],
                portions=portions,
                source=Source.STAFF,
                who="staff 1",
                now=town.now,
            )


def close(town):
    """The rounds, as the numbers of the people in their order."""
    with town.database.begin() as session:
        close_menu(session, session.get_one(Menu, town.ids["lunch"]), who="staff 1", now=town.now)
    return rounds(town)


def rounds(town):
    with town.database.read() as session:
        jobs = session.scalars(select(Job).order_by(Job.id)).all()
        return [[int(stop.resident.name[-2:]) for stop in job.stops if stop.is_open] for job in jobs]


def test_neighbours_ride_together_along_the_way_and_not_by_their_addresses(town):
    people(town, 14)
    (first, second) = close(town)
    assert sorted(first + second) == list(range(1, 15))
    for ride in (first, second):
        assert ride in (sorted(ride), sorted(ride, reverse=True)), "nobody walks to and fro"
        assert max(ride) - min(ride) == len(ride) - 1, "next to each other"


def test_a_round_stays_in_its_zone(town):
    people(town, 3)
    people(town, 3, zone=1, first=4)
    assert sorted(sorted(ride) for ride in close(town)) == [[1, 2, 3], [4, 5, 6]]


def test_what_is_too_much_on_foot_is_for_who_has_a_car_if_there_is_one(town):
    people(town, 2, portions=9)
    with town.database.begin() as session:
        session.get_one(Volunteer, town.ids["sam"]).vehicle = Vehicle.CAR
    (ride,) = close(town)
    assert len(ride) == 2
    with town.database.read() as session:
        job = session.scalars(select(Job)).one()
        assert job.vehicle is Vehicle.BICYCLE or job.vehicle is Vehicle.CAR
        why = {one.volunteer.name: one.reasons for one in candidates(session, job, now=town.now)}
        assert "cannot_carry" in why["李强"]
        assert "cannot_carry" not in why["Sam Lee"]


def test_without_a_car_it_is_two_rounds_on_foot(town):
    people(town, 2, portions=9)
    assert sorted(close(town)) == [[1], [2]]


def test_staff_put_somebody_behind_another_and_so_it_is_tomorrow_too(town):
    people(town, 4)
    close(town)
    chen = town.browser("Chen Li")
    with town.database.read() as session:
        meals = {meal.resident.name: meal.id for meal in session.scalars(select(HelpRequest))}
        job = session.scalars(select(Job)).one()
    chen.see(f"/jobs/{job.id}")
    chen.press(f"/requests/{meals['Person 01']}/walk", behind=str(meals["Person 03"]))
    assert "Person 01 is visited there from now on" in chen.page
    (ride,) = rounds(town)
    assert ride.index(1) == ride.index(3) + 1
    tomorrow(town)
    (again,) = rounds(town)[1:]
    assert again.index(1) == again.index(3) + 1
    resident = 4 + 1  # after the people of the town: Person 01
    with town.database.read() as session:
        resident = session.scalars(select(Resident.id).where(Resident.name == "Person 01")).one()
    assert "Visited right behind Person 03" in chen.see(f"/residents/{resident}")
    chen.press(f"/residents/{resident}/walk/forget")
    assert "Visited right behind" not in chen.page


def test_whoever_came_behind_her_comes_behind_whom_she_came_behind(town):
    people(town, 4)
    (ride,) = close(town)
    with town.database.read() as session:
        meals = {int(meal.resident.name[-2:]): meal.id for meal in session.scalars(select(HelpRequest))}
    chen = town.browser("Chen Li")
    chen.see("/")
    for one, before in ((2, 1), (3, 2), (4, 3)):
        chen.press(f"/requests/{meals[one]}/walk", behind=str(meals[before]))
    assert rounds(town) == [[1, 2, 3, 4]]
    chen.press(f"/requests/{meals[2]}/walk", behind=str(meals[4]))
    assert rounds(town) == [[1, 3, 4, 2]]
    chen.press(f"/requests/{meals[4]}/walk", behind="0")
    assert rounds(town) == [[4, 1, 3, 2]]
    tomorrow(town)
    assert rounds(town)[1] == [4, 1, 3, 2], "and so it is remembered"
    assert ride


def test_what_another_kitchen_cooks_is_another_round_that_begins_there(town):
    people(town, 4)
    with town.database.begin() as session:
        menu = session.get_one(Menu, town.ids["lunch"])
        school = Kitchen(community_id=menu.community_id, name="School", language="en")
        session.add(school)
        session.flush()
        menu.dishes[1].kitchen_id = school.id
        for meal in session.scalars(select(HelpRequest)):
            if int(meal.resident.name[-2:]) % 2:
                meal.dish = menu.dishes[1]
    assert sorted(sorted(ride) for ride in close(town)) == [[1, 3], [2, 4]]
    with town.database.read() as session:
        begins = {job.id: {stop.dish.key for stop in job.stops} for job in session.scalars(select(Job))}
        assert sorted(begins.values(), key=min) == [{"1"}, {"2"}]


def test_what_nobody_has_can_change_rounds_and_what_somebody_has_only_from_the_next_day_on(town):
    people(town, 10)
    first, second = close(town)
    with town.database.read() as session:
        meals = {int(meal.resident.name[-2:]): meal.id for meal in session.scalars(select(HelpRequest))}
    chen = town.browser("Chen Li")
    chen.see("/")
    moved, behind = first[0], second[-1]
    chen.press(f"/requests/{meals[moved]}/walk", behind=str(meals[behind]))
    assert rounds(town) == [first[1:], [*second, moved]]


def test_a_round_that_is_given_back_late_is_cut_so_that_it_still_arrives(town):
    people(town, 8, step=2)
    (ride,) = close(town)
    town.now += timedelta(hours=3)
    with town.database.begin() as session:
        job = session.scalars(select(Job)).one()
        sam = session.get_one(Volunteer, town.ids["sam"])
        job.move(session, "take", now=town.now, due_at=town.now, volunteer_id=sam.id)
        for stop in job.stops:
            stop.move(session, "take", now=town.now, due_at=town.now)
        release(session, job, who=f"volunteer {sam.id}", now=job.wanted_until - timedelta(minutes=30))
    parts = rounds(town)
    assert len(parts) > 1, "in half an hour nobody does eight doors on foot"
    assert sorted(one for part in parts for one in part) == sorted(ride)


def tomorrow(town):
    """The same people have lunch tomorrow; its orders are closed."""
    with town.database.begin() as session:
        menu = session.get_one(Menu, town.ids["tomorrow"])
        for person in session.scalars(select(Resident).where(Resident.name.like("Person%"))):
            place_meal(session, person, menu, menu.dishes[0], source=Source.STAFF, who="staff 1", now=town.now)
        close_menu(session, menu, who="staff 1", now=town.now)
