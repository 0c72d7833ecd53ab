"""A town for the tests of the exchange: its clock is turned by hand, its web server reads from a script."""

from datetime import UTC, datetime, timedelta

from twilio.request_validator import RequestValidator

from voice.exchange import Answer, Exchange, Handset, Line

OURS = "+15550100000"
ROSE, SAM, LEE = "+15550100001", "+15550100002", "+15550100003"
TOKEN = "a-secret-of-the-tests"
BASE = "https://linli.example"


class Town:
    """An exchange, a web server that reads from a script, and a clock."""

    def __init__(self):
        self.seconds = 0.0
        self.pages = {}
        self.requests = []
        self.methods = []
        self.exchange = Exchange(
            account_sid="AC" + "0" * 32,
            auth_token=TOKEN,
            lines=lambda: [
                Line(OURS, f"{BASE}/voice", f"{BASE}/sms", f"{BASE}/status", f"{BASE}/spare", f"{BASE}/sms/spare")
            ],
            directory=lambda: [
                Handset(ROSE, "Rose", "resident", is_landline=True),
                Handset(SAM, "Sam", "volunteer"),
                Handset(LEE, "Lee", "volunteer", language="zh"),
            ],
            now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.seconds),
            elapsed=lambda: self.seconds,
            fetch=self.fetch,
            api_base="http://carrier.example",
        )

    def fetch(self, method, url, params, headers, timeout_s):
        assert RequestValidator(TOKEN).validate(url, dict(params), headers["X-Twilio-Signature"])
        assert "#" not in url
        path = url.removeprefix(BASE).split("?")[0]
        self.methods.append((method, path))
        self.requests.append((path, dict(params), dict(headers)))
        page = self.pages.get(path, "<Response/>")
        if isinstance(page, list):
            page = page.pop(0) if len(page) > 1 else page[0]
        if isinstance(page, Exception):
            raise page
        return page if isinstance(page, Answer) else Answer(200, page, "text/xml; charset=utf-8")

    def says(self, path, *verbs):
        self.pages[path] = f"<Response>{''.join(verbs)}</Response>"

    def wait(self, seconds):
        until = self.seconds + seconds
        self.exchange.tick()
        while (due := self.exchange.next_due()) is not None and due <= until:
            self.seconds = max(self.seconds, due)
            self.exchange.tick()
        self.seconds = until

    def asked(self, path):
        return [params for where, params, _ in self.requests if where == path]

    def heard(self, number):
        return [entry["text"] for entry in self.exchange.handset(number)["heard"] if entry["kind"] == "say"]

    def state(self, number):
        return self.exchange.handset(number)["state"]

    def codes(self):
        return [entry["code"] for entry in self.exchange.errors]
