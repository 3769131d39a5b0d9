"""Rate limit on wrong credentials: after some of them, no credential from that client address is looked at for a while.

It bounds how fast a password can be guessed, and its own memory. A session is not a credential: its name is random, and
it is looked at before this limit is.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10
"""Different wrong credentials from one address within `WINDOW_SECONDS`; the same one again is no new guess."""
WINDOW_SECONDS = 60.0
ADDRESSES = 10_000
"""How many addresses are remembered, about 20 MB at the very most; then that which failed longest ago is forgotten."""


class RateLimit:
    """Wrong credentials of the last minute, by client address. Only the event loop's thread calls."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, dict[bytes, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Whole seconds until a credential from this address is looked at again; 0 when it is now."""
        recent = self._recent(_network(address))
        return math.ceil(min(recent.values()) + WINDOW_SECONDS - self._clock()) if len(recent) >= MOST else 0

    def note(self, address: str, credential: str) -> None:
        """Count a wrong credential from this address."""
        network = _network(address)
        recent = self._recent(network)
        recent.setdefault(hashlib.sha256(credential.encode("utf-8", "surrogatepass")).digest(), self._clock())
        self._wrong[network] = recent
        self._wrong.move_to_end(network)
        if len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)

    def _recent(self, network: str) -> dict[bytes, float]:
        began = self._clock() - WINDOW_SECONDS
        return {key: at for key, at in self._wrong.get(network, {}).items() if at > began}


def _network(address: str) -> str:
    """What counts as one client: an IPv4 address, also one written in IPv6 (RFC 4291, 2.5.5.2), and else the /64 of an
    IPv6 address, in which one machine has as many as it likes."""
    try:
        given = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if given.version == 4:
        return str(given)
    return str(given.ipv4_mapped or ipaddress.ip_network((given.packed, 64), strict=False))
