"""A provider of logins, by OpenID Connect: the code flow with PKCE, asked over HTTPS, its word checked by its keys."""

import base64
import hashlib
import json
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import requests

from dispatch.board.provided import Known, ProviderError, Started
from scripts.settings import Oidc

_TIMEOUT_SECONDS = 5.0
# After it could not be asked nobody asks for so long; and so many come back from it at once.
_REST_SECONDS, _MOST_AT_ONCE = 15, 4
_MOST_BYTES = 256 * 1024
# So long what the provider says of itself is believed without asking again; its keys besides when one is unknown.
_KEPT_SECONDS = 3600.0
_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_LEEWAY_SECONDS = 60
# How providers say that more than a password was shown (RFC 8176; the ways of Microsoft, Google and Keycloak).
_MORE = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "iris"})
_MORE_BY_CLASS = frozenset({"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"})


@dataclass
class _Kept:
    """What the provider has said of itself, and when."""

    about: dict[str, Any]
    keys: dict[str, Any]
    at: float


class OpenIdProvider:
    """One provider, as the settings name it."""

    def __init__(self, oidc: Oidc, *, stopwatch: Callable[[], float] = time.monotonic) -> None:
        """`stopwatch` gives seconds that only ever grow."""
        self._oidc, self._stopwatch = oidc, stopwatch
        self._kept: _Kept | None = None
        self._asking, self._coming_back = threading.Lock(), threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._not_before = -math.inf

    @property
    def name(self) -> str:
        """Its host: what staff see in the address when they come there."""
        return urlsplit(self._oidc.issuer).hostname or self._oidc.issuer

    def address_of(self, started: Started, *, back: str) -> str:
        """Where the browser is sent."""
        digest = hashlib.sha256(started.verifier.encode()).digest()
        asked = {
            "response_type": "code", "scope": "openid email", "client_id": self._oidc.client_id, "redirect_uri": back,
            "state": started.state, "nonce": started.nonce, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        }  # fmt: skip
        address = str(self._about()["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def who(self, code: str, started: Started, *, back: str, now: datetime) -> Known:
        """Who has logged in there; only an address that the provider has verified counts."""
        if not self._coming_back.acquire(blocking=False):
            raise ProviderError("too many come back from it at once")
        try:
            return self._who(code, started, back=back, now=now)
        finally:
            self._coming_back.release()

    def _who(self, code: str, started: Started, *, back: str, now: datetime) -> Known:
        about = self._about()
        tokens = self._tokens(about, code, started, back=back)
        said = self._checked(str(tokens.get("id_token", "")), nonce=started.nonce, now=now)
        if "email" not in said:
            said = {**said, **self._more(about, str(tokens.get("access_token", "")), str(said["sub"]))}
        if not isinstance(said.get("email"), str) or said.get("email_verified") not in (True, "true"):
            raise ProviderError("it names no verified address")
        return Known(said["email"], str(said["sub"])[:255], _had_more_than_a_password(said))

    def _tokens(self, about: dict[str, Any], code: str, started: Started, *, back: str) -> dict[str, Any]:
        sent = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": started.verifier,
        }  # fmt: skip
        ours = (self._oidc.client_id, self._oidc.client_secret)
        # Whoever knows only the first way of the two need not say so.
        if "client_secret_basic" in about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            return _json(requests.post, str(about["token_endpoint"]), data=sent, auth=_quoted(ours))
        sent |= {"client_id": ours[0], "client_secret": ours[1]}
        return _json(requests.post, str(about["token_endpoint"]), data=sent)

    def _checked(self, id_token: str, *, nonce: str, now: datetime) -> dict[str, Any]:
        """What the token says, if the provider has signed it for us, for this login and for now."""
        try:
            key_id = str(jwt.get_unverified_header(id_token).get("kid", ""))
            said: dict[str, Any] = jwt.decode(
                id_token, self._key(key_id), algorithms=_SIGNED_BY, audience=self._oidc.client_id,
                issuer=str(self._about()["issuer"]),  # with the slash at its end, if it has one
                # Our own clock may be wound in training: what is too old is judged below, by the clock that is shown.
                options={"require": ["exp", "iat", "sub", "aud", "iss"], "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            lasts_until = float(said["exp"])
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise ProviderError(f"its token is not valid ({type(error).__name__})") from None
        if lasts_until + _LEEWAY_SECONDS < now.timestamp():
            raise ProviderError("its token is too old")
        if not secrets.compare_digest(str(said.get("nonce", "")).encode(), nonce.encode()):
            raise ProviderError("its token is for another login")
        if said.get("azp", self._oidc.client_id) != self._oidc.client_id:
            raise ProviderError("its token is for somebody else")
        return said

    def _more(self, about: dict[str, Any], access_token: str, subject: str) -> dict[str, Any]:
        """The address, from where providers tell it that do not put it into the token."""
        if not _is_safe(str(about.get("userinfo_endpoint", "")), like=self._oidc.issuer):
            return {}
        headers = {"Authorization": f"Bearer {access_token}"}
        told = _json(requests.get, str(about["userinfo_endpoint"]), headers=headers)
        if told.get("sub") != subject:
            raise ProviderError("it tells of somebody else")
        return {name: told[name] for name in ("email", "email_verified") if name in told}

    def _about(self) -> dict[str, Any]:
        if self._kept is None or self._stopwatch() - self._kept.at > _KEPT_SECONDS:
            self._kept = self._asked_by_one()
        return self._kept.about

    def _asked_by_one(self) -> _Kept:
        """While somebody asks, nobody else does, and after a failure nobody for a while: a provider that hangs holds
        one thread, however often the page is opened, and the telephone line has the others."""
        if not self._asking.acquire(blocking=False):
            raise ProviderError("it is being asked already")
        try:
            if self._stopwatch() < self._not_before:
                raise ProviderError("it could not be asked a moment ago")
            self._not_before = self._stopwatch() + _REST_SECONDS
            kept = self._asked()
            self._not_before = -math.inf
            return kept
        finally:
            self._asking.release()

    def _asked(self) -> _Kept:
        about = _json(requests.get, f"{self._oidc.issuer}/.well-known/openid-configuration")
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if str(about.get("issuer", "")).rstrip("/") != self._oidc.issuer or not all(about.get(name) for name in wanted):
            raise ProviderError("it says that it is somebody else, or not where it is asked")
        if any(not _is_safe(str(about[name]), like=self._oidc.issuer) for name in wanted):
            raise ProviderError("it wants to be asked in the open")
        keys = _json(requests.get, str(about["jwks_uri"])).get("keys", [])
        return _Kept(about, {str(key.get("kid", "")): key for key in keys if isinstance(key, dict)}, self._stopwatch())

    def _key(self, key_id: str) -> Any:
        self._about()
        if self._kept is not None and key_id not in self._kept.keys:
            self._kept = self._asked_by_one()  # it has taken a new key
        key = self._kept.keys.get(key_id) if self._kept is not None else None
        if key is None:
            raise ProviderError("its token is signed by a key that it does not show")
        return jwt.PyJWK(key).key


def _quoted(both: tuple[str, str]) -> tuple[str, str]:
    """As RFC 6749 wants them in a header: a colon in a name would be the end of it."""
    return quote(both[0], safe=""), quote(both[1], safe="")


def _had_more_than_a_password(said: dict[str, Any]) -> bool:
    ways = said.get("amr")
    return said.get("acr") in _MORE_BY_CLASS or (isinstance(ways, list) and not _MORE.isdisjoint(map(str, ways)))


def _is_safe(address: str, *, like: str) -> bool:
    """Over HTTPS; in the open only where the issuer itself is (on this machine, as the settings see to)."""
    return urlsplit(address).scheme in ("https", urlsplit(like).scheme)


def _json(ask: Callable[..., requests.Response], address: str, **more: Any) -> dict[str, Any]:
    try:
        with ask(address, timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True, **more) as answer:
            content = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
            if answer.status_code != 200 or len(content) > _MOST_BYTES:
                raise ProviderError(f"it answers {answer.status_code} with {len(content)} bytes")
            told = json.loads(content)
    except (requests.RequestException, OSError, ValueError) as error:
        raise ProviderError(f"it cannot be asked ({type(error).__name__})") from None
    if not isinstance(told, dict):
        raise ProviderError("it answers something else than was asked")
    return told
