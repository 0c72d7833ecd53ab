"""Who cannot be reached, who is not there, what nobody does: what the people on the board must put right."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import gaps
from dispatch.gaps import Some
from models.places import Community, Who
from scripts.doctor.findings import Finding, Word, found
from scripts.doctor.patient import Patient

# By how many are on duty.
_TOO_FEW = ("duty_nobody", "duty_one")


def communities(patient: Patient) -> Iterator[Finding]:
    """Is there a community at all, and is it not the invented one where real people are called?"""
    with patient.reading() as session:
        rows = list(session.scalars(sa.select(Community).order_by(Community.id)))
    if not rows:
        yield found("community_none")
    for community in rows:
        if community.is_demo and patient.is_real:
            yield found("community_demo", community=community.name)


def duty(patient: Patient) -> Iterator[Finding]:
    """Is somebody there who is alarmed, and somebody else when that one is not?"""
    for session, community in _each(patient):
        on_duty = gaps.people_on_duty(session, community)
        if on_duty.count < len(_TOO_FEW):
            yield found(_TOO_FEW[on_duty.count], community=community.name, names=on_duty.names)
        if gaps.is_never_staffed(community):
            yield found("office_never_open", community=community.name)


def logins(patient: Patient) -> Iterator[Finding]:
    """Where real people are called: does a password alone open what is known of them?"""
    for _, community in _each(patient):
        if patient.is_real and community.second_factor_for is Who.NOBODY:
            yield found("second_factor_nobody", community=community.name)


def residents(patient: Patient) -> Iterator[Finding]:
    """Can every resident be called or texted?"""
    for session, community in _each(patient):
        if not gaps.has_residents(session, community):
            yield found("residents_none", community=community.name)
        for reason, some in gaps.unreached_residents(session, community, now=patient.now).items():
            yield _people("residents_unreached", community, reason, some)


def volunteers(patient: Patient) -> Iterator[Finding]:
    """Is there somebody for every service in every zone, and can they be asked?"""
    for session, community in _each(patient):
        for reason, some in gaps.unreached_volunteers(session, community, now=patient.now).items():
            yield _people("volunteers_unreached", community, reason, some)
        by_call = gaps.volunteers_by_call(session, community)
        if by_call.count:
            yield found("volunteers_by_call", community=community.name, count=by_call.count, names=_names(by_call))


def services(patient: Patient) -> Iterator[Finding]:
    """Does somebody do what is offered, everywhere?"""
    for session, community in _each(patient):
        here = {"community": community.name}
        lacks = gaps.uncovered_services(session, community, now=patient.now)
        nowhere = tuple(lack.service for lack in lacks if lack.is_nowhere)
        if nowhere:
            yield found("service_nobody", **here, services=nowhere)
        for lack in (lack for lack in lacks if not lack.is_nowhere):
            yield found("service_nobody_in", **here, service=lack.service, zones=lack.zones)
        zones = gaps.zones_without_volunteers(session, community, now=patient.now)
        if zones and len(zones) < len(community.zones):  # else it is the services that nobody does
            yield found("zones_without_volunteers", **here, zones=zones)


def meals(patient: Patient) -> Iterator[Finding]:
    """Is there something to be ordered in the next days, and before it is brought?"""
    for session, community in _each(patient):
        here = {"community": community.name}
        empty = gaps.meals_running_out(session, community, now=patient.now)
        if empty:
            yield found("menu_none", **here, meals=tuple(meal.names for meal in empty))
        late = gaps.meals_ordered_too_late(community)
        if late:
            yield found("meal_ordered_too_late", **here, meals=tuple(meal.names for meal in late))


def _people(key: str, community: Community, reason: str, some: Some) -> Finding:
    return found(key, community=community.name, count=some.count, reason=Word(reason), names=_names(some))


def _names(some: Some) -> tuple[str, ...]:
    return (*some.names, "…") if some.count > len(some.names) else some.names


def _each(patient: Patient) -> Iterator[tuple[Session, Community]]:
    with patient.reading() as session:
        for community in patient.communities(session):
            yield session, community
