"""Exports: everything that is stored, in files that open without harm and can be taken in again."""

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from list_office import LISTS, NOW, Office, Patience

from dispatch.founding import found_community
from dispatch.lists import exporting
from dispatch.lists.exporting import KINDS, export, fields_of
from dispatch.lists.writing import WRITERS
from models.events import Event
from models.jobs import Channel, Job, Offer
from models.people import Resident, Role, Staff, Volunteer
from models.places import Service, Zone
from models.requests import HelpRequest, Source
from models.tasks import Alert, AlertKind
from models.traffic import Call, Delivery, Direction, Message, Outcome

# What others build on: these fields are there whatever else comes.
PROMISED = {
    "residents": "name phone other_phone language zone address door_note diet contact_name contact_phone",
    "volunteers": "name phone other_phone language zones services days max_per_day",
    "requests": "id code kind state resident_name resident_phone volunteer_name volunteer_phone placed_at due_at "
    "closed_at source",
    "jobs": "id code kind state volunteer_phone stops due_at",
    "offers": "job_id volunteer_phone channel state made_at answered_at",
    "calls": "call_sid direction phone resident_name started_at ended_at outcome",
    "messages": "message_sid direction phone body state cause at",
    "alerts": "kind about owner raised_at closed_at",
    "events": "at who verb request_id job_id from_state to_state why",
}
NASTY = [
    '=HYPERLINK("http://x")',
    "+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "'=1",
    "''=1",
    "'quoted'",
    "a,b;c",
    'say "hi"',
    "＝1",
]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.take_in("residents", LISTS / "residents-gb18030.csv", enrolled=True)
    office.take_in("menu", LISTS / "menu.csv")
    office.take_in("volunteers", "name,phone,zones,services,days\n许金凤,010-55558301,南坊;北坊,errand;ride,sat;sun\n")
    office.take_in("standing-orders", LISTS / "standing-orders.csv")
    with office.books() as session:
        _something_happened(session)
    return office


def _something_happened(session: Any) -> None:
    later = NOW + timedelta(hours=1)
    span = {"wanted_from": NOW, "wanted_until": later}
    session.add(Staff(community_id=1, name="王主任", language="zh-CN", role=Role.DISPATCHER, password_hash="x"))
    job = Job(
        community_id=1,
        code=12,
        service_id=2,
        zone_id=1,
        state="taken",
        volunteer_id=1,
        taken_at=NOW,
        due_at=later,
        **span,
    )
    session.add(job)
    session.flush()
    for code, resident in [(11, 1), (13, 2)]:
        session.add(
            HelpRequest(
                community_id=1,
                code=code,
                resident_id=resident,
                service_id=2,
                source=Source.VOICE,
                placed_at=NOW,
                state="taken",
                due_at=later,
                job_id=job.id,
                stop_position=code,
                note="米和面",
                **span,
            )
        )
    session.add(
        Offer(job_id=job.id, volunteer_id=1, wave=1, channel=Channel.CALL, state="yes", made_at=NOW, answered_at=later)
    )
    promised = {"community_id": 1, "made_at": NOW, "phone": "+861055558101", "says": []}
    session.add(
        Message(direction=Direction.INBOUND, state=Delivery.RECEIVED, body="=1+1", message_sid="SM1", **promised)
    )
    session.add(Message(direction=Direction.INBOUND, state=Delivery.RECEIVED, **(promised | {"phone": "anonymous"})))
    session.add(
        Call(
            direction=Direction.INBOUND,
            state=Delivery.ENDED,
            call_sid="CA1",
            resident_id=1,
            started_at=NOW,
            outcome=Outcome.REQUESTED,
            **promised,
        )
    )
    session.add(
        Alert(
            community_id=1, kind=AlertKind.LATE, about="job 1", raised_at=NOW, due_at=later, answer_by=later, owner_id=1
        )
    )
    session.flush()
    session.add(Event(community_id=1, at=NOW, who="volunteer 1", verb="take", request_id=1, from_state="offered"))


def given_out(office: Office, kind: str, shape: str = "json", community_id: int | None = None) -> bytes:
    out = io.BytesIO()
    with office.database.read() as session:
        WRITERS[shape](export(session, community_id, kind), fields_of(kind), out)
    return out.getvalue()


def as_json(office: Office, kind: str, **also: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(given_out(office, kind, **also))
    return rows


def as_csv(office: Office, kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(given_out(office, kind, "csv").decode("utf-8-sig"), newline="")))


def as_xlsx(office: Office, kind: str) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(io.BytesIO(given_out(office, kind, "xlsx")))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("kind", PROMISED)
def test_every_promised_field_is_there_and_flat(office: Office, kind: str):
    rows = as_json(office, kind)
    assert rows
    for row in rows:
        assert set(PROMISED[kind].split()) <= set(row)
        assert all(value is None or isinstance(value, (str, int)) for value in row.values())


def test_a_request_and_its_job(office: Office):
    request = as_json(office, "requests")[0]
    assert {name: request[name] for name in PROMISED["requests"].split()} == {
        "id": 1,
        "code": 11,
        "kind": "errand",
        "state": "taken",
        "resident_name": "林秀英",
        "resident_phone": "+861055558101",
        "volunteer_name": "许金凤",
        "volunteer_phone": "+861055558301",
        "placed_at": "2026-11-22T01:00:00+00:00",
        "due_at": "2026-11-22T02:00:00+00:00",
        "closed_at": None,
        "source": "voice",
    }
    job = as_json(office, "jobs")[0]
    assert (job["kind"], job["state"], job["stops"]) == ("errand", "taken", "1;2")
    offer = as_json(office, "offers")[0]
    assert (offer["channel"], offer["state"], offer["answered_at"]) == ("call", "yes", "2026-11-22T02:00:00+00:00")


def test_calls_messages_alerts_and_events(office: Office):
    call, message = as_json(office, "calls")[0], as_json(office, "messages")[0]
    assert (call["call_sid"], call["resident_name"], call["outcome"]) == ("CA1", "林秀英", "requested")
    assert (message["message_sid"], message["body"], message["at"]) == ("SM1", "=1+1", "2026-11-22T01:00:00+00:00")
    alert, event = as_json(office, "alerts")[0], as_json(office, "events")[0]
    assert (alert["kind"], alert["about"], alert["owner"]) == ("late", "job 1", "王主任")
    assert (event["who"], event["verb"], event["request_id"]) == ("volunteer 1", "take", 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", WRITERS)
def test_every_kind_in_every_format_names_its_fields_even_when_empty(tmp_path: Path, kind: str, shape: str):
    content = given_out(Office(tmp_path), kind, shape)
    if shape == "json":
        assert json.loads(content) == []
    elif shape == "csv":
        assert next(csv.reader([content.decode("utf-8-sig")])) == list(fields_of(kind))
    else:
        assert [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).active[1]] == list(fields_of(kind))


def test_the_three_formats_say_the_same(office: Office):
    for kind in KINDS:
        if kind in ("messages", "calls"):
            continue  # whose numbers need not be numbers
        rows = as_json(office, kind)
        for told in (as_csv(office, kind), as_xlsx(office, kind)):
            plain = [{k: v for k, v in row.items() if "phone" not in k and k != "community"} for row in told]
            assert [{k: v or "" for k, v in row.items()} for row in plain] == [
                {k: "" if v is None else str(v) for k, v in row.items() if k in plain[0]} for row in rows
            ]


def test_numbers_in_json_and_xlsx_are_e164_and_in_csv_as_people_write_them(office: Office):
    assert as_json(office, "residents")[0]["phone"] == "+861055558101"
    assert as_xlsx(office, "residents")[0]["phone"] == "+861055558101"
    assert as_csv(office, "residents")[0]["phone"] == "010 5555 8101"
    assert [row["phone"] for row in as_csv(office, "messages")] == ["010 5555 8101", "anonymous"]


def test_a_number_from_abroad_survives_a_spreadsheet(office: Office):
    with office.books() as session:
        session.get_one(Resident, 1).phone = "+12125550134"
    assert as_csv(office, "residents")[0]["phone"] == "'+12125550134"


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["residents", "volunteers", "menu", "standing-orders"])
def test_what_was_given_out_can_be_taken_in_again(office: Office, tmp_path: Path, kind: str, shape: str):
    with office.books() as session:
        session.get_one(Resident, 1).phone = "+12125550134"
        for person in (Resident, Volunteer):
            session.get_one(person, 1).other_phone = "+12125550135"
        session.get_one(Resident, 1).born_on, session.get_one(Resident, 1).hardship = date(1941, 3, 5), "低保"
    content = given_out(office, kind, shape)
    again = office.take_in(kind, content)
    assert [fault.told("en") for fault in again.faults] == []
    assert (again.new, again.changed) == (0, 0)
    elsewhere = Office((tmp_path / "elsewhere").absolute()) if (tmp_path / "elsewhere").mkdir() is None else office
    if kind == "standing-orders":
        elsewhere.take_in("residents", given_out(office, "residents", "csv"))
    assert elsewhere.take_in(kind, content).new == again.unchanged
    own = ("id", "closed_at", "enrolled_at", "consent", "other_contacts")
    plain = [{k: v for k, v in row.items() if k not in own} for row in as_json(office, kind)]
    assert [{k: v for k, v in row.items() if k not in own} for row in as_json(elsewhere, kind)] == plain
    assert kind in ("menu", "standing-orders") or plain[0]["other_phone"] == "+12125550135"


def test_nothing_in_a_csv_is_calculated_and_nothing_is_lost(office: Office):
    with office.books() as session:
        for resident, text in zip(session.query(Resident).order_by(Resident.id), NASTY, strict=False):
            resident.address = text
    content = given_out(office, "residents", "csv").decode("utf-8-sig")
    for row in csv.reader(io.StringIO(content, newline="")):
        for cell in row:
            assert cell.lstrip(" \u3000")[:1] not in set("=+-@\t\r＝"), cell
    assert all(line.startswith('"') and line.endswith('"') for line in content.splitlines())
    assert (
        office.take_in("residents", content.encode()).changed <= 2
    )  # those with spaces or tabs before, which imports trim


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u2028", "\u200b", "\ufeff", "\u202e", "\u2066"])
def test_what_stands_behind_another_blank_or_an_unseen_sign_is_not_calculated_either(office: Office, blank: str):
    with office.books() as session:
        session.get_one(Resident, 1).address = f"{blank}=1+1"
        session.get_one(Resident, 2).address = f"{blank}12 Elm Street"
    assert [row["address"] for row in as_csv(office, "residents")][:2] == [f"'{blank}=1+1", f"{blank}12 Elm Street"]


def test_what_looks_like_the_signs_of_workbooks_comes_back_as_it_was(office: Office):
    with office.books() as session:
        session.get_one(Resident, 1).address = "_x000D_ Street _x0041_"
    assert office.take_in("residents", given_out(office, "residents", "xlsx")).changed == 0


def test_nothing_in_a_workbook_is_a_formula_or_a_link(office: Office):
    with office.books() as session:
        session.get_one(Resident, 1).address = '=HYPERLINK("http://x")'
        session.get_one(Resident, 2).address = "http://x"
        session.get_one(Resident, 3).address = "x" * 40_000 + "\x01"
    sheet = openpyxl.load_workbook(io.BytesIO(given_out(office, "residents", "xlsx"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_half_a_letter_breaks_no_export(office: Office):
    with office.books() as session:
        session.get_one(Message, 1).body = "ok \x00\x0b end"
    for shape in WRITERS:
        assert given_out(office, "messages", shape)


def test_an_export_is_of_one_community_or_of_all(office: Office):
    with office.books() as session:
        about = {"name": "B", "number": "+12125550100", "timezone": "UTC", "language": "en"}
        other = found_community(session, zones=["East"], defaults=Patience(), **about)
        rose = Resident(community_id=other.id, name="Rose", phone="+12125550134", language="en", zone=other.zones[0])
        session.add(rose)
        other_id = other.id
    assert len(as_json(office, "residents")) == 9
    (only,) = as_json(office, "residents", community_id=other_id)
    assert (only["name"], only["community"]) == ("Rose", "+12125550100")
    assert as_json(office, "offers", community_id=other_id) == []
    assert as_csv(office, "residents")[-1]["phone"] == "(212) 555-0134"


def test_a_long_export_takes_few_questions_to_the_database(office: Office):
    with office.books() as session:
        for at in range(1200):
            session.add(Resident(community_id=1, name=f"R{at}", phone="+861055558101", language="en", zone_id=1))
            session.add(
                Volunteer(
                    community_id=1,
                    name=f"V{at}",
                    phone="+861055558101",
                    language="en",
                    days=[],
                    zones=[session.get_one(Zone, 1)],
                    services=[session.get_one(Service, 2)],
                )
            )
    asked: list[str] = []
    sa.event.listen(office.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    for kind in ("residents", "volunteers", "requests", "jobs"):
        asked.clear()
        as_json(office, kind)
        assert len(asked) < 15, kind


def test_what_staff_see_as_a_date_is_a_date(office: Office):
    assert as_json(office, "menu")[0]["date"] == date(2026, 11, 23).isoformat()
    assert [row["price"] for row in as_json(office, "menu")] == ["12.00", "12.00", "8.50", "12.00"]
    assert exporting.KINDS == KINDS
