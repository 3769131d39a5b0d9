"""The command `isnad` in a child, in an environment of its own in which the network is cut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
GUARD = Path(__file__).parent / "data" / "guard"


class Isnad:
    """Runs the command over a data folder; `attempts` tells what it tried to reach."""

    def __init__(self, data_dir: Path, log: Path) -> None:
        self.data_dir, self.log = data_dir, log

    def __call__(
        self, *arguments: str, stdin: bytes | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ISNAD_")}
        return subprocess.run(
            [sys.executable, "-m", "ui.cli", *arguments],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            cwd=ROOT,
            env={
                **kept,
                "ISNAD_DATA_DIR": str(self.data_dir),
                "ISNAD_GENERATOR": "extractive",
                "NETWORK_LOG_OF_THE_TESTS": str(self.log),
                "XDG_CONFIG_HOME": str(self.data_dir / "no-config"),
                "PYTHONPATH": str(GUARD),
                "HF_HUB_OFFLINE": "1",
                **environment,
            },
            timeout=300,
            check=False,
        )

    def attempts(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""
