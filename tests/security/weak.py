"""A tiny program that is weak on purpose: what the tools must find. Call: python -m security.weak PORT."""

import html
import sqlite3
import sys
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, make_server

_PAGE = (
    '<html><body><a href="/hello?name=Rose">hello</a> <a href="/find?name=Rose">find</a>'
    '<form method="post" action="/text"><input name="Body" value="x"></form></body></html>'
)


def app(environ, start_response):
    """Three weak pages: what is asked is put into SQL, into the page, and taken for a number."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    told = dict(parse_qsl(environ.get("QUERY_STRING", "")) + parse_qsl(body))
    pages = {"/": lambda: _PAGE, "/find": lambda: _found(told.get("name", "")), "/text": lambda: _found(told.get("Body", "")),
             "/hello": lambda: f"<html><body>Hello {told.get('name', '')}!</body></html>", "/age": lambda: str(int(told.get("age", "1")))}  # fmt: skip
    page = pages.get(environ["PATH_INFO"])
    status, text = ("200 OK", page()) if page else ("404 Not Found", "nothing")
    start_response(status, [("Content-Type", "text/html; charset=utf-8")])
    return [text.encode()]


def _found(name):
    rows = sqlite3.connect(":memory:")
    rows.execute("CREATE TABLE residents (name TEXT)")
    rows.execute("INSERT INTO residents VALUES ('Rose')")
    try:
        return str(rows.execute(f"SELECT name FROM residents WHERE name = '{name}'").fetchall())  # noqa: S608 - weak on purpose
    except sqlite3.Error as error:
        return f"sqlite3.OperationalError: {html.escape(str(error))}"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Quiet."""


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), app, handler_class=_Quiet).serve_forever()
