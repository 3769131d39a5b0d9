"""How many wrong keys came from where: after some of them, keys from there are not looked at for a while.

It bounds how fast a key can be guessed, and its own memory. It knows addresses and hashes, and no request.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10
"""Different wrong keys from one address within `WINDOW_SECONDS`; the same one again is no new guess."""
WINDOW_SECONDS = 60.0
ADDRESSES = 10_000
"""How many addresses are remembered, about 20 MB at the very most; then that which failed longest ago is forgotten."""


class Attempts:
    """Wrong keys of the last minute. Only the event loop's thread asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, dict[bytes, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Whole seconds until a key from this address is looked at again; 0 when it is now."""
        recent = self._recent(_network(address))
        return math.ceil(min(recent.values()) + WINDOW_SECONDS - self._clock()) if len(recent) >= MOST else 0

    def note(self, address: str, key: str) -> None:
        """A wrong key came from this address."""
        network = _network(address)
        recent = self._recent(network)
        recent.setdefault(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest(), self._clock())
        self._wrong[network] = recent
        self._wrong.move_to_end(network)
        if len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)

    def _recent(self, network: str) -> dict[bytes, float]:
        began = self._clock() - WINDOW_SECONDS
        return {key: at for key, at in self._wrong.get(network, {}).items() if at > began}


def _network(address: str) -> str:
    """An IPv6 address stands for its /64, in which one machine has as many as it likes (RFC 4291, 2.5.1)."""
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False)) if ":" in address else address
    except ValueError:
        return address
