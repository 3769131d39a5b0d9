"""Read by every Python started with this folder on its path: notes each attempt to leave the machine, and stops it."""

import os
import sys

_LOG = os.environ.get("NETWORK_LOG_OF_THE_TESTS")


def _guard(event: str, arguments: tuple) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.gethostbyname":
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host in {None, "", "localhost", "::1", "0.0.0.0"} or str(host).startswith("127."):
        return
    if _LOG:
        with open(_LOG, "a", encoding="utf-8") as log:  # noqa: PTH123  (nothing may be imported here that a child lacks)
            log.write(f"{event} {host}\n")
    raise ConnectionRefusedError(f"no network in this test: {event} {host}")


sys.addaudithook(_guard)
