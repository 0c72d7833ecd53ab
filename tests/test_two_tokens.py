"""The carrier's token is exchanged for another one, and nobody on the telephone notices."""

import pytest
import sqlalchemy as sa
from town import DUTY, LINE, PUBLIC, ROSE, SAM
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from models.traffic import Recording
from voice.carrier.errors import CarrierError

OLD, NEXT, ELSES = "t" * 32, "n" * 32, "e" * 32
ACCOUNT = "AC" + "0" * 32


@pytest.fixture
def exchanging(found_town):
    """A town whose settings name both tokens: the one that is to go and the one that is to come."""
    town = found_town(environ={"LINLI_CARRIER__NEXT_AUTH_TOKEN": NEXT})
    town.resident("Rose Miller", ROSE)
    town.volunteer("Sam Lee", SAM)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup")
    return town


def posted(town, token, sid):
    """The answer to a text of Rose's that was signed with this token."""
    params = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": ROSE, "To": LINE, "Body": "1"}
    signature = RequestValidator(token).compute_signature(f"{PUBLIC}/sms", MultiDict(params))
    headers = {"X-Twilio-Signature": signature}
    return town.app.test_client().post("/sms", base_url=PUBLIC, data=params, headers=headers).status_code


@pytest.mark.parametrize(
    ("token", "status"), [(OLD, 200), (NEXT, 200), (ELSES, 403), ("", 403)], ids=["old", "next", "another's", "none"]
)
def test_while_it_is_exchanged_either_token_is_believed_and_no_third(exchanging, token, status):
    assert posted(exchanging, token, "SM" + "1" * 32) == status


def test_before_and_after_the_exchange_one_token_is_believed(town):
    town.resident("Rose Miller", ROSE)
    assert posted(town, NEXT, "SM" + "1" * 32) == 403
    assert posted(town, OLD, "SM" + "2" * 32) == 200


def test_the_line_goes_on_in_the_moment_in_which_the_carrier_takes_the_next_token(exchanging):
    assert "lunch" in exchanging.telephone(ROSE).text("1")
    exchanging.exchange.exchange_token(NEXT)
    spoken_errand(exchanging)
    exchanging.wait(minutes=1)
    assert exchanging.telephone(SAM).inbox  # asked with the next token, signed with it
    assert not exchanging.exchange.errors


def spoken_errand(town):
    """Rose asks for an errand in her own words."""
    rose = town.telephone(ROSE)
    rose.dial()
    rose.press("2")
    rose.press("1")
    rose.press("1")
    rose.speak("milk and bread")
    rose.press("1")
    rose.hang_up()


@pytest.mark.parametrize("token", [OLD, NEXT])
def test_what_was_spoken_is_fetched_with_whichever_token_is_taken(exchanging, token):
    exchanging.exchange.exchange_token(token)
    spoken_errand(exchanging)
    exchanging.wait(minutes=1)
    with exchanging.database.read() as session:
        assert [row.audio is not None for row in session.scalars(sa.select(Recording))] == [True]


def test_a_token_that_neither_is_ends_in_an_error_and_not_in_a_circle(exchanging):
    exchanging.exchange.exchange_token(ELSES)
    carrier = exchanging.house.outbox._ways.first.carrier
    asked = len(exchanging.sends)
    with pytest.raises(CarrierError):
        carrier.texts_to(LINE, since=exchanging.now, now=exchanging.now)
    assert len(exchanging.sends) - asked == 2
    exchanging.exchange.exchange_token(OLD)
    assert carrier.texts_to(LINE, since=exchanging.now, now=exchanging.now) == []
