"""How long a test goes on: short in `make test`, long in `make soak`, which sets the profile of hypothesis."""

from __future__ import annotations

import os

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"


def times(short: int, long: int) -> int:
    """How often to try something."""
    return long if LONG else short
