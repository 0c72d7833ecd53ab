"""A real Chromium looking at a real server on the board's town. A missing browser is a failure with the cure in it."""

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from board_town import PASSWORD, Town
from playwright.sync_api import Browser, BrowserType, Frame, Page, sync_playwright
from werkzeug.serving import make_server

VENDOR = Path(__file__).parent / "vendor"
AXE = (VENDOR / "axe.min.js").read_text()
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; the test fails with a sentence if there is none."""
    assert CHROMIUM, "These tests need Chromium: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as driver:
        browser = _launched(driver.chromium)
        yield browser
        browser.close()


def beside(browser: Browser) -> Browser:
    """One more."""
    return _launched(browser.browser_type)


def _launched(kind: BrowserType) -> Browser:
    return kind.launch(executable_path=CHROMIUM, args=_ARGS)


class Served:
    """A town with its pages on a port; it can be switched off and on again, as a broken network would."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.is_cut = False
        self._inner = town.app.wsgi_app
        town.app.wsgi_app = self._maybe_cut  # type: ignore[method-assign]
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server("127.0.0.1", 0, town.app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _maybe_cut(self, environ: Any, start: Any) -> Any:
        if self.is_cut:
            raise ConnectionResetError("the network is cut")
        return self._inner(environ, start)

    def stop(self) -> None:
        """No more."""
        self._server.shutdown()


def logged_in(browser: Browser, served: Served, *, name: str = "Chen Li", language: str = "en", **view: Any) -> Page:
    """A page of somebody who has logged in, with every message of the browser's console kept in `page.said`."""
    context = browser.new_context(viewport={"width": view.get("width", 1440), "height": view.get("height", 900)})
    page = context.new_page()
    page.set_default_timeout(20_000)  # less than the 30 s after which the board fetches everything in any case
    page.goto(f"{served.url}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_selector("#live")
    if page.locator("html").get_attribute("lang") != language:
        page.click(".me form:first-child button")
        page.wait_for_selector(f"html[lang='{language}']")
    return page


def axe(page: Page | Frame) -> list[str]:
    """What axe finds wrong with a page, with every fold open: WCAG 2.2 AA and best practice."""
    folds = "document.querySelectorAll('details')"
    page.evaluate(f"{folds}.forEach((fold) => {{ fold.wasOpen = fold.open; fold.open = true; }})")
    page.evaluate(AXE)
    rules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    # Only what is wrong is worked out and brought over: all that is right of a page takes five times as long.
    asked = {"runOnly": rules, "resultTypes": ["violations"], "selectors": False}
    found = page.evaluate("(asked) => axe.run(document, asked).then((found) => found.violations)", asked)
    page.evaluate(f"{folds}.forEach((fold) => {{ fold.open = fold.wasOpen; }})")
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
