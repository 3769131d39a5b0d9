"""Word documents and PDF files as small as they can be, made by hand."""

from __future__ import annotations

import io
import zipfile

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORDS = b"BT /F1 12 Tf 50 700 Td (The council approved the plan on Tuesday.) Tj ET"


def packed(body: str, *, compress: int = zipfile.ZIP_DEFLATED, **parts: str) -> bytes:
    """A document whose body is `body`; `parts` by their name, with ``__`` for ``/``."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as archive:
        archive.writestr("word/document.xml", f"<w:document {SPACE}><w:body>{body}</w:body></w:document>")
        for name, xml in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", xml)
    return file.getvalue()


def p(*runs: str) -> str:
    return "<w:p>" + "".join(runs) + "</w:p>"


def r(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def by_hand(content: bytes = WORDS, *, entries: bytes = b"", kids: bytes = b"3 0 R", trailer: bytes = b"") -> bytes:
    """A PDF of one page, as small as it can be."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count 1>>" % kids,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 800]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), entries, content),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out + b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer\n<</Size 6/Root 1 0 R%s>>\n" % trailer
        + b"startxref\n%d\n%%%%EOF\n" % len(out)
    )  # fmt: skip
