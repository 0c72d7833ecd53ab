"""News of a text that come before we know its number at the carrier: they may be quicker than its answer to us."""

import json

import pytest
from test_webhooks import ACCOUNT, everything, fed, post  # noqa: F401 - the fixture
from town import LINE, ROSE, SAM, FlaskHttp

from models.traffic import AnsweredTurn, Message


def tell_hastily(town, monkeypatch, number, *statuses):
    """The carrier tells what became of the next text to that number before it answers our sending."""
    calmly, waiting = FlaskHttp.request, [number]

    def request(http, method, url, params=None, data=None, **options):
        answer = calmly(http, method, url, params, data, **options)
        if method == "POST" and "/Messages" in url and data["To"] in waiting:
            waiting.clear()
            for status, code in statuses:
                news = {"MessageSid": json.loads(answer.text)["sid"], "AccountSid": ACCOUNT, "From": LINE, "To": number,
                        "MessageStatus": status, "ErrorCode": code}  # fmt: skip
                assert post(town, "/sms/status", news).status_code == 204
        return answer

    monkeypatch.setattr(FlaskHttp, "request", request)


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent", "delivered")])
def test_news_that_are_quicker_than_the_answer_count(fed, monkeypatch, order):  # noqa: F811
    fed.exchange.faults.set({"callbacks_lost_share": 1.0})
    tell_hastily(fed, monkeypatch, ROSE, *((status, "") for status in order))
    fed.telephone(ROSE).text("1")
    assert [str(m.state) for m in fed.rows(Message, direction="outbound")] == ["delivered"]
    assert [row for row in fed.rows(AnsweredTurn) if row.key.startswith("news")] == []


def test_a_landline_that_says_so_before_the_answer_is_called(fed, monkeypatch):  # noqa: F811
    tell_hastily(fed, monkeypatch, SAM, ("undelivered", "30006"))
    fed.telephone(ROSE).text("1")
    fed.close_meals(1)
    sam = fed.telephone(SAM)
    assert sam.rings()
    assert "East" in sam.answer()


def test_news_of_a_text_that_is_nobodys_change_nothing(fed):  # noqa: F811
    news = {"MessageSid": "SM" + "9" * 32, "AccountSid": ACCOUNT, "From": LINE, "To": SAM, "MessageStatus": "failed"}
    for _ in range(2):
        assert post(fed, "/sms/status", news).status_code == 204
    assert fed.rows(Message) == []


def test_old_news_of_a_text_that_is_sent_anew_change_nothing(fed):  # noqa: F811
    fed.exchange.faults.set({"callbacks_lost_share": 1.0})
    fed.telephone(ROSE).text("1")
    sid = next(m.message_sid for m in fed.rows(Message, direction="outbound"))
    news = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": LINE, "To": ROSE}
    failed = {**news, "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert post(fed, "/sms/status", failed).status_code == 204
    assert [str(m.state) for m in fed.rows(Message, direction="outbound")] == ["queued"]
    before = everything(fed)
    for again in (failed, {**news, "MessageStatus": "sent"}, {**news, "MessageStatus": "delivered"}):
        assert post(fed, "/sms/status", again).status_code == 204
    assert everything(fed) == before
