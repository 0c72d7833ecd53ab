"""Planning: the real queue in an invented town, through the operator's door and in what is left in its database."""

import re
from dataclasses import fields

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from dispatch.planning.figures import figures_of, share_of
from dispatch.planning.life import lived
from dispatch.planning.plan import SETTINGS, NotASetting, Plan, value_of
from dispatch.planning.sizing import fewest, simulate
from dispatch.planning.words import catalog
from models.jobs import Job, Offer
from models.lifecycle import CLOSED
from models.places import WEEKDAYS
from models.requests import HelpRequest
from models.traffic import Call, Delivery, Message
from scripts.commands import main

# A machine that is busy elsewhere may need long for what takes a second.
pytestmark = pytest.mark.timeout(600)
FARM = Plan(residents=6, volunteers=3, days=1, zones=1, meals_a_day=0.7, stops_max=2)
HAMLET = Plan(
    residents=20,
    volunteers=5,
    days=1,
    zones=1,
    errands_a_day=0.5,
    max_per_day=1,
    no_show=0.4,
    cancel=0.3,
    landlines=0.3,
    stops_max=3,
)
TINY = ("simulate", "--residents", "10", "--volunteers", "3", "--days", "1", "--zones", "1")


def run(*words):
    return CliRunner(env={"LANG": "C", "LC_ALL": "C"}).invoke(main, words)


@pytest.fixture(scope="module")
def hamlet():
    with lived(HAMLET) as life:
        yield life


def test_nobody_is_asked_against_the_rules_and_nothing_leaves_at_night(hamlet):
    community = None
    with hamlet.town.database.read() as session:
        for offer in session.scalars(sa.select(Offer)).all():
            job, volunteer, community = offer.job, offer.volunteer, offer.job.community
            day = community.local(job.wanted_from)
            assert job.zone in volunteer.zones
            assert job.service in volunteer.services
            assert not volunteer.days or WEEKDAYS[day.weekday()] in volunteer.days
            assert not community.is_quiet(offer.made_at)
        for kind in (Message, Call):
            assert not session.scalars(sa.select(kind.id).where(kind.state == Delivery.QUEUED)).all()
        for call in session.scalars(sa.select(Call).where(Call.ended_at.is_not(None))).all():
            assert not community.is_quiet(call.ended_at)
        held = sa.select(Job).where(Job.volunteer_id.is_not(None)).order_by(Job.id)
        by_day = {}
        for job in session.scalars(held).all():
            by_day.setdefault((job.volunteer_id, community.local(job.wanted_from).date()), []).append(job)
        assert max(len(jobs) for jobs in by_day.values()) <= HAMLET.max_per_day


def test_every_request_has_exactly_one_fate(hamlet):
    figures = figures_of(hamlet)
    with hamlet.town.database.read() as session:
        requests = session.scalars(sa.select(HelpRequest)).all()
        assert len(requests) == figures.requests > 10
        assert all(request.state in CLOSED for request in requests)
    assert figures.done + figures.cancelled + figures.unmet + figures.still_open == figures.requests
    assert figures.still_open == 0
    assert min(figures.done, figures.cancelled, figures.unmet) > 0
    assert sum(figures.placed_by_day) == figures.requests - figures.cancelled
    assert sum(figures.unmet_by_day) == figures.unmet >= figures.broken_promises
    assert len(figures.jobs_each) == HAMLET.volunteers
    assert 0 < sum(figures.jobs_each) <= figures.accepted <= figures.offers
    assert share_of(figures.minutes, 0.5) <= share_of(figures.minutes, 0.9)


def test_the_same_seed_gives_the_same_figures_and_another_one_others():
    before = simulate(FARM)
    assert simulate(FARM) == before
    assert simulate(FARM.with_("seed", 2)) != before


def test_more_volunteers_are_never_worse():
    few, many = (
        [simulate(FARM.with_("volunteers", volunteers).with_("seed", seed)) for seed in (1, 2)]
        for volunteers in (1, 12)
    )
    # What is wanted does not depend on who is there to bring it.
    assert [life.requests for life in few] == [life.requests for life in many]
    assert sum(life.unmet_share for life in few) > sum(life.unmet_share for life in many)
    assert all(life.unmet_share < 0.2 for life in many)


@pytest.mark.parametrize(
    ("needed", "volunteers", "found"),
    [(13, 4, 13), (13, 50, 13), (1, 4, 1), (16, 16, 16), (17, 16, 17), (10_000, 4, None)],
)
def test_how_many_are_needed_is_found_between_too_few_and_enough(needed, volunteers, found):
    tried = {}

    def live(plan):
        return 0.02 + (plan.seed - 2) * 0.01 if plan.volunteers >= needed else 0.5

    plan = Plan(residents=100, volunteers=volunteers)
    size = fewest(plan, unmet=0.02, seeds=3, tell=tried.__setitem__, live=live)
    assert size.is_enough == (found is not None)
    assert size.volunteers == (found or 200)
    assert tried[size.volunteers] == size.unmet
    assert len(tried) < 12


def test_the_command_prints_a_table_and_a_page_without_scripts(tmp_path):
    file = tmp_path / "plots.html"
    done = run(*TINY, "--vary", "wave-size=1,3", "--plots", str(file))
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(r"^unmet +\d+ \(\d+\.\d %\)$", done.stdout, re.MULTILINE)
    assert re.search(r"^wave-size  unmet .*\n1 .*\n3 ", done.stdout, re.MULTILINE)
    drawn = file.read_text("utf-8")
    assert drawn.count("<svg") == 3
    assert drawn.count("<table") == 6
    assert "<script" not in drawn
    assert "http" not in drawn
    chinese = run("--language", "zh-CN", *TINY, "--residents", "3")
    assert "未满足" in chinese.stdout
    asked = run(
        *TINY, "--residents", "3", "--volunteers", "1", "--how-many-volunteers", "--seeds", "1", "--unmet", "100%"
    )
    assert asked.stdout.startswith("The fewest volunteers with whom at most 100.0 % of the requests stay unmet: 1 (")


def test_what_is_no_setting_is_said_in_a_sentence():
    for words, told in (
        (("--accept", "much"), "much is no value of accept."),
        (("--silent", "140%"), "140% is no value of silent: it is between 0 and 1."),
        (("--offer-minutes", "nan"), "nan is no value of offer-minutes: it is between 1 and 240."),
        (("--vary", "weather=1"), "There is no setting weather; the settings are residents,"),
        (("--vary", "accept"), "accept is not written like wave-size=1,3,5."),
        (("--plots", "plots.png"), "plots.png should end with .html."),
    ):
        ended = run("simulate", *words)
        assert ended.exit_code == 1
        assert ended.stderr.startswith(told)
        assert ended.stdout == ""


def test_every_setting_has_limits_and_every_word_both_languages():
    assert {field.name for field in fields(Plan)} == set(SETTINGS)
    for field in fields(Plan):
        assert value_of(field.name, f"{field.default:g}") == field.default
    with pytest.raises(NotASetting):
        value_of("days", "0")
    for key, known in catalog()["said"].items():
        assert set(known) == {"en", "zh-CN"}, key
        assert set(re.findall(r"{(\w+)}", known["en"])) == set(re.findall(r"{(\w+)}", known["zh-CN"])), key
