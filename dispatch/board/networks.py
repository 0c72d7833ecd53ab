"""Where a request comes from: as exactly as guessing is slowed, and as roughly as it may be written down."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import current_app, request

# Under this name the app knows in which network its proxy is, where that is not this machine.
PROXY = "LINLI_PROXY"


def network() -> str:
    """The address, or the network that one household has of the new kind."""
    return _within(32, 64)


def rough_network() -> str:
    """What the book at the door keeps: some hundreds of addresses, enough to see that it was from elsewhere."""
    return _within(24, 48)


def _within(bits_of_four: int, bits_of_six: int) -> str:
    peer = _peer()
    if peer is None:
        return ""
    bits = bits_of_four if peer.version == 4 else bits_of_six
    return str(ip_network((peer, bits), strict=False))


def _peer() -> IPv4Address | IPv6Address | None:
    """Only our own proxy, on this machine or where the settings say, is believed when it names another address; what
    stands before the last one was written by whoever asks."""
    with suppress(ValueError):
        peer = ip_address(request.remote_addr or "")
        if _is_our_proxy(peer) and (said := request.headers.get("X-Forwarded-For", "")):
            with suppress(ValueError):
                peer = ip_address(said.rpartition(",")[2].strip())
        return peer
    return None


def _is_our_proxy(peer: IPv4Address | IPv6Address) -> bool:
    proxy = current_app.config.get(PROXY, "")
    return peer.is_loopback or bool(proxy and peer in ip_network(proxy))
