"""The environment that child processes get."""

from __future__ import annotations

import os
from typing import Final

PREFIX: Final = "ISNAD_"
"""What the names of the variables that are settings begin with."""


def without_settings() -> dict[str, str]:
    """This process's environment without Isnad's settings, which hold credentials; a child is handed what it needs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
