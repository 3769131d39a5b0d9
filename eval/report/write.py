"""The report of a run in all its forms, written into the folder of the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.records import read_records
from eval.report.markdown import report_markdown
from eval.run import RECORDS

MARKDOWN, HTML = "report.md", "report.html"


def write(out: Path, report: Mapping[str, Any]) -> str:
    """Write report.md and report.html beside report.json; gives the Markdown."""
    from eval.report.html import report_html

    text = report_markdown(report)
    (out / MARKDOWN).write_text(text, encoding="utf-8")
    (out / HTML).write_text(report_html(report, read_records(out / RECORDS)), encoding="utf-8")
    return text
