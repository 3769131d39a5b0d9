"""Makes the PDF files of this folder from its texts: ``python make_pdf.py``, with Chromium, reportlab and arabic-reshaper.

Each file is printed in another way (README.md names them); the text beside it is what a reader of the page reads.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import arabic_reshaper
import matplotlib
from playwright.sync_api import Browser, sync_playwright
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

HERE = Path(__file__).parent / "pdf"
FONTS = Path(__file__).parents[3] / "ui" / "assets" / "fonts"
DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
LEFT_TO_RIGHT = re.compile(r"[A-Za-z][A-Za-z0-9@.,:/ \xa0-]*[A-Za-z0-9]|\d[\d.,:/]*\d|\d")
TABLE = [
    ("الحي", "القراء", "الزيارات"),
    ("حي المرفأ القديم", "120 قارئاً", "14"),
    ("حي القلعة الشمالي", "85 قارئاً", "9"),
    ("ضاحية النخيل", "1,204 قراء", "22"),
    ("القرى الشرقية", "640 قارئاً", "31"),
]
MIRROR = str.maketrans("()«»[]", ")(»«][")


def paragraphs(name: str) -> list[str]:
    return (HERE / f"{name}.txt").read_text("utf-8").splitlines()


def page(lines: list[str], *, font: str, style: str = "", language: str = "ar") -> str:
    faces = "".join(
        f"@font-face {{font-family: {family}; src: url(data:font/woff2;base64,"
        f"{base64.b64encode((FONTS / file).read_bytes()).decode()})}}"
        for family, file in (
            ("naskh", "noto-naskh-arabic-arabic-wght-normal.woff2"),
            ("vazir", "vazirmatn-arabic-wght-normal.woff2"),
            ("vazir-latin", "vazirmatn-latin-wght-normal.woff2"),
        )
    )
    direction = "rtl" if language == "ar" else "ltr"
    title, *rest = lines
    return (
        f"<!doctype html><html lang={language} dir={direction}><meta charset=utf-8><title>{title}</title><style>{faces}"
        f"body {{font-family: {font}; font-size: 12pt; line-height: 1.6}} {style}</style>"
        f"<h1>{title}</h1>" + "".join(f"<p>{line}</p>" for line in rest)
    )


def print_page(browser: Browser, name: str, html: str, **options: object) -> None:
    tab = browser.new_page()
    tab.set_content(html)
    tab.evaluate("document.fonts.ready")
    options.setdefault("format", "A5")
    tab.pdf(path=str(HERE / f"{name}.pdf"), **options)  # type: ignore[arg-type]
    tab.close()


def visual(line: str) -> str:
    """`line` as it stands on the paper from left to right, its letters shaped: the order of old typesetting programs."""
    shaped = arabic_reshaper.ArabicReshaper({"delete_harakat": False}).reshape(line)
    return LEFT_TO_RIGHT.sub(lambda run: run[0][::-1], shaped)[::-1].translate(MIRROR)


def set_by_hand(name: str, source: str, *, word_by_word: bool = False) -> None:
    """Lines set to the right margin in visual order, or each word put on its place by itself, the first word first."""
    canvas = Canvas(str(HERE / f"{name}.pdf"), pagesize=(420, 595), invariant=True)
    y = 550
    for number, paragraph in enumerate(paragraphs(source)):
        size = 15 if number == 0 else 11
        canvas.setFont("DejaVu", size)
        lines = [""]
        for word in paragraph.split():
            if pdfmetrics.stringWidth(visual(f"{lines[-1]} {word}"), "DejaVu", size) > 360:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        for line in lines:
            if word_by_word:
                x = 390.0
                for word in LEFT_TO_RIGHT.sub(lambda run: run[0].replace(" ", "\u00a0"), line).split(" "):
                    shown = visual(word)
                    x -= pdfmetrics.stringWidth(shown, "DejaVu", size)
                    canvas.drawString(x, y, shown)
                    x -= 3.5
            else:
                canvas.drawRightString(390, y, visual(line))
            y -= 18
        y -= 8
    canvas.save()


def main() -> None:
    pdfmetrics.registerFont(TTFont("DejaVu", str(DEJAVU)))
    set_by_hand("visual", "news")
    set_by_hand("visual-mixed", "long")
    set_by_hand("words", "news", word_by_word=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        print_page(browser, "dejavu", page(paragraphs("news"), font="'DejaVu Sans'"))
        print_page(
            browser, "naskh", page(paragraphs("mixed"), font="naskh, 'DejaVu Sans'", style="p {text-align: justify}")
        )
        print_page(browser, "vazir", page(paragraphs("news"), font="vazir, vazir-latin, 'DejaVu Sans'"))
        print_page(browser, "mixed", page(paragraphs("mixed"), font="'DejaVu Sans Mono', 'DejaVu Sans'"))
        columns = "body {column-count: 2; column-gap: 2em; font-size: 9pt} h1 {column-span: all}"
        print_page(
            browser, "columns", page(paragraphs("long"), font="vazir, vazir-latin, 'DejaVu Sans'", style=columns)
        )
        print_page(browser, "english", page(paragraphs("english"), font="'DejaVu Sans'", language="en"))
        first, rest = paragraphs("news")[:3], paragraphs("news")[3:]
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in TABLE)
        table = f"<table width=100%>{rows}</table>" + "".join(f"<p>{line}</p>" for line in rest)
        print_page(browser, "table", page(first, font="'DejaVu Sans'") + table)
        print_page(
            browser,
            "pages",
            page(paragraphs("long"), font="naskh, 'DejaVu Sans'"),
            format="A6",
            display_header_footer=True,
            header_template="<div style='font-size: 8pt; width: 100%; text-align: center' dir=rtl>صحيفة الواحة اليومية</div>",
            footer_template="<div style='font-size: 8pt; width: 100%; text-align: center' dir=rtl>صفحة <span class=pageNumber></span> من <span class=totalPages></span></div>",
            margin={"top": "20mm", "bottom": "20mm", "left": "10mm", "right": "10mm"},
        )
        browser.close()


if __name__ == "__main__":
    main()
