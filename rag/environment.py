"""Environment variables for child processes."""

from __future__ import annotations

import os
from typing import Final

PREFIX: Final = "ISNAD_"
"""Prefix of the environment variables that are settings."""


def without_settings() -> dict[str, str]:
    """This process's environment without Isnad's settings, which hold credentials; a child process gets only what it
    needs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
