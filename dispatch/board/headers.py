"""What every page says to the browser: run nothing but ours, load nothing from elsewhere, keep nothing."""

from flask import Flask
from werkzeug.wrappers import Response

CONTENT_SECURITY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
# Only the training place, where nobody is real, shows the board beside the telephones, in a frame of our own.
_ALONE, _BESIDE = ("frame-ancestors 'none'", "DENY"), ("frame-ancestors 'self'", "SAMEORIGIN")
_EVERYWHERE = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def protect(response: Response, *, is_static: bool = False) -> Response:
    """Add them all. Our own script and style may be kept: their address changes when they do."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_static else "no-store"
    return response


def guard_every_answer(app: Flask, *, is_https: bool) -> None:
    """What also goes with answers that are no pages of ours: those to the carrier, to a watchdog, to nobody we know."""
    always = dict(_EVERYWHERE)
    if is_https:
        # Whoever has been here once is never again led here in the open. Only here: the office's other addresses below
        # this one, if it has any, are not ours to close.
        always["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def guarded(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        return response


def beside_the_telephones(response: Response) -> Response:
    """Our own pages may frame it; nobody else's."""
    policy = response.headers.get("Content-Security-Policy", "")
    if _ALONE[0] in policy:
        response.headers["Content-Security-Policy"] = policy.replace(_ALONE[0], _BESIDE[0])
        response.headers["X-Frame-Options"] = _BESIDE[1]
    return response
