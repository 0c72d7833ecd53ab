"""What can be named besides a language's own words, in a text as in the line that staff type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dispatch.asking import services_by_key
from models.menus import Menu
from models.places import Community


@dataclass(frozen=True)
class Offered:
    """Dishes as they are written; services (→ id) and meals (→ code) by any of their names."""

    dishes: tuple[str, ...] = ()
    services: Mapping[str, int] = field(default_factory=dict)
    meals: Mapping[str, str] = field(default_factory=dict)


def offered_in(session: Session, community: Community, menus: Iterable[Menu]) -> Offered:
    """What these menus have, and what can be asked for in this community."""
    services = services_by_key(session, community)
    return Offered(
        dishes=tuple(dict.fromkeys(dish.name for menu in menus for dish in menu.dishes)),
        services={name: service.id for service in services for name in service.names.values()},
        meals={name: meal.code for meal in community.meals for name in meal.names.values()},
    )
