"""Makes `docx/report.docx` by python-docx: ``python make_docx.py``. The text is made up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from docx import Document

NEWS = Path(__file__).parent / "pdf" / "news.txt"


def main() -> None:
    title, *paragraphs = NEWS.read_text("utf-8").splitlines()
    document = Document()
    document.core_properties.title = title
    document.core_properties.author = "نادر عيسى"
    document.core_properties.created = document.core_properties.modified = datetime(2019, 3, 13)  # noqa: DTZ001 - it wants none
    document.sections[0].header.paragraphs[0].text = "صحيفة الواحة - للاستعمال الداخلي"
    document.add_heading(title, 0)
    document.add_paragraph("كتب: نادر عيسى")
    document.add_paragraph("13 آذار 2019")
    for paragraph in paragraphs[:3]:
        document.add_paragraph(paragraph)
    table = document.add_table(rows=0, cols=2)
    for line, length in (("الخط", "الطول"), ("خط الميناء", "14 كم"), ("خط القلعة", "9 كم")):
        row = table.add_row().cells
        row[0].text, row[1].text = line, length
    document.add_heading("المواعيد", 1)
    for paragraph in paragraphs[3:]:
        document.add_paragraph(paragraph)
    document.save(str(Path(__file__).parent / "docx" / "report.docx"))


if __name__ == "__main__":
    main()
