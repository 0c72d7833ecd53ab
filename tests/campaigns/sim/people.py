"""Who lives in the simulated town. Surnames, addresses and diets are words that stand nowhere else, so a leak shows."""

from datetime import UTC, datetime

from town import Town

from models.people import Role
from models.schema import migrate

ROSE, PAIR, OTTO, MEI = "+12125550111", "+12125550112", "+12125550114", "+861055551001"
SAM, LEE, MIA, WANG = "+12125550121", "+12125550122", "+12125550123", "+861055551009"
DORA, NED, GRETA = "+12125550131", "+12125550132", "+12125550119"
STRANGER, ROBOT = "+12125550191", "+12125550192"

RESIDENTS, VOLUNTEERS, STAFF = (ROSE, PAIR, OTTO, MEI), (SAM, LEE, MIA, WANG), (DORA, NED)
LANDLINES = frozenset({MEI, WANG})
EVERYBODY = (*RESIDENTS, *VOLUNTEERS, *STAFF, GRETA, STRANGER, ROBOT)
NAMES = {ROSE: "Rose", PAIR: "Karl and Anna", OTTO: "Otto", MEI: "Mei", SAM: "Sam", LEE: "Lee", MIA: "Mia", WANG: "Wang",
         DORA: "Dora (staff)", NED: "Ned (staff)", GRETA: "Greta (daughter)", STRANGER: "a stranger", ROBOT: "a robot"}  # fmt: skip
# Words of the residents that nobody hears who only calls from a number: surnames, addresses, diets.
ADDRESSES = {"Larkspur 7": ROSE, "Foxglove 12": PAIR, "Hollyhock 31": OTTO, "松树街八号": MEI}
SURNAMES = ("Quigley", "Zimmerling", "Brandauer", "高慧敏")
DIETS = ("shellfishless",)
BORN = datetime(2026, 6, 1, 14, tzinfo=UTC)


def settle_town(folder, timezone):
    """A database with these people in it, to be copied for each life."""
    folder.mkdir(parents=True, exist_ok=True)
    migrate(f"sqlite:///{folder / 'empty.db'}")
    town = Town(folder, now=BORN, template=folder / "empty.db", timezone=timezone)
    town.resident("Rose Quigley", ROSE, address="Larkspur 7")
    town.resident("Karl Zimmerling", PAIR, address="Foxglove 12", zone=1)
    town.resident("Anna Zimmerling", PAIR, address="Foxglove 12", zone=1)
    town.resident("Otto Brandauer", OTTO, address="Hollyhock 31", diet="shellfishless; no nuts",
                  contact=("Greta Brandauer", GRETA))  # fmt: skip
    town.resident("高慧敏", MEI, address="松树街八号", language="zh-CN", enrolled=False)
    every = ("meal", "errand", "ride", "repair", "visit")
    town.volunteer("Sam Tuckerman", SAM, services=every, max_per_day=5)
    town.volunteer("Lee Hargrove", LEE, services=every, max_per_day=3)
    town.volunteer("Mia Pellegrino", MIA, services=("meal", "errand"), zones=(1,), max_per_day=2)
    town.volunteer("王建国", WANG, services=every, language="zh-CN", max_per_day=2)
    town.staff("Dora Finch", DORA, role=Role.DISPATCHER)
    town.staff("Ned Osgood", NED, role=Role.COORDINATOR)
    town.standing_order("Otto Brandauer")
    town.database.engine.dispose()  # the last one to leave writes the log back into the file
    return folder / "linli.db"
