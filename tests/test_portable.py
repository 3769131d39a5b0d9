"""Every module can be imported on a system without the modules that only Unix has."""

from __future__ import annotations

import subprocess
import sys

from isnad_command import ROOT

CODE = """
import builtins, importlib, sys
plain = builtins.__import__

def without(name, globals=None, *rest, **named):
    # Libraries choose by the name of the system; our own modules must do without.
    ours = (globals or {}).get("__name__", "").partition(".")[0] in {"rag", "ui", "eval"}
    if ours and name in {"fcntl", "resource", "pwd", "grp", "termios"}:
        raise ImportError(name)
    return plain(name, globals, *rest, **named)

builtins.__import__ = without
for name in sys.argv[1:]:
    importlib.import_module(name)
print(len(sys.argv) - 1)
"""
OTHERS = {"eval.__main__", "eval.bench.__main__", "eval.training.__main__"}
"""Programs that run when they are imported, and one whose package is an extra."""
ON_LINUX = "eval.bench."
"""Benchmarks read ``/proc``."""


def test_every_module_is_imported_where_there_is_no_fcntl() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in ("rag", "ui", "eval")
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name != "__init__.py"
    ]
    wanted = [name for name in modules if name not in OTHERS and not name.startswith(ON_LINUX)]
    assert len(wanted) > 100
    done = subprocess.run(
        [sys.executable, "-c", CODE, *wanted], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[-1] == str(len(wanted))
