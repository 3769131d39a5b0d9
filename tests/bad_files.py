"""A folder of files as no archive should be, and what must become of each; worked by hand."""

from __future__ import annotations

import gzip
import io
import os
import random
import socket
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

AR = (
    "أعلنت وزارة الصحة في دمشق اليوم أن عدد المصابين ارتفع إلى 300 شخص.\n"
    "وقال الوزير إن المستشفيات مستعدة لاستقبال الحالات الجديدة خلال الأسبوع المقبل.\n"
)
EN = "The ministry of health in Damascus said on Monday that 300 people were ill.\n"
RU = "Министерство здравоохранения сообщило о трёхстах заболевших в понедельник утром.\n"
HE = "משרד הבריאות הודיע היום כי מספר החולים עלה לשלוש מאות איש בעיר הבירה.\n"
FR = "Le président a déclaré qu'un été très chaud était à prévoir dès le début de l'année.\n"


@dataclass(frozen=True, slots=True)
class Text:
    """The file is indexed, and its text is this, to the letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The file is in quarantine, and its reason says this."""

    says: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """It is not even tried, and its reason says this."""

    says: str


Outcome = Text | Refused | Skipped
UNKNOWN = Refused("cannot be told|damaged|binary")


def a_zip(names: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return packed.getvalue()


PDF = (Path(__file__).parent / "data" / "formats" / "pdf" / "english.pdf").read_bytes()
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'


def noise(count: int) -> bytes:
    return random.Random(7).randbytes(count)


CONTENTS: dict[str, tuple[bytes, Outcome]] = {
    # Encodings that can be told.
    "utf8.txt": (AR.encode(), Text(AR)),
    "utf8 with a mark.txt": (b"\xef\xbb\xbf" + AR.encode(), Text(AR)),
    "utf16 le with a mark.txt": (b"\xff\xfe" + AR.encode("utf-16-le"), Text(AR)),
    "utf16 be with a mark.txt": (b"\xfe\xff" + AR.encode("utf-16-be"), Text(AR)),
    "utf16 le.txt": (AR.encode("utf-16-le"), Text(AR)),
    "utf16 be.txt": (AR.encode("utf-16-be"), Text(AR)),
    "utf32 le with a mark.txt": (b"\xff\xfe\x00\x00" + AR.encode("utf-32-le"), Text(AR)),
    "utf32 be with a mark.txt": (b"\x00\x00\xfe\xff" + AR.encode("utf-32-be"), Text(AR)),
    "cp1256.txt": (AR.encode("cp1256"), Text(AR)),
    "iso 8859-6.txt": (AR.encode("iso8859-6"), Text(AR)),
    "cp1256 crlf.txt": (AR.replace("\n", "\r\n").encode("cp1256"), Text(AR.replace("\n", "\r\n"))),
    "utf16 crlf.txt": (
        b"\xff\xfe" + AR.replace("\n", "\r\n").encode("utf-16-le"),
        Text(AR.replace("\n", "\r\n")),
    ),
    "cr.txt": (AR.replace("\n", "\r").encode(), Text(AR.replace("\n", "\r"))),
    "ascii.txt": (EN.encode(), Text(EN)),
    "both languages.txt": ((AR + EN).encode(), Text(AR + EN)),
    "both languages cp1256.txt": ((AR + EN).encode("cp1256"), Text(AR + EN)),
    "vocalised.txt": ("زَارَ الوَزِيرُ دِمَشْقَ.\n".encode(), Text("زَارَ الوَزِيرُ دِمَشْقَ.\n")),
    "presentation forms.txt": ("ﻣﺤﻤﺪ في ﺩﻣﺸﻖ.\n".encode(), Text("ﻣﺤﻤﺪ في ﺩﻣﺸﻖ.\n")),
    "persian.txt": ("گزارش خبرنگار چاپ شد.\n".encode(), Text("گزارش خبرنگار چاپ شد.\n")),
    "emoji.txt": (f"خبر عاجل 🟥👨‍👩‍👧 {AR}".encode(), Text(f"خبر عاجل 🟥👨‍👩‍👧 {AR}")),
    "bidi marks.txt": (f"\u202b{AR}\u202c\u200f".encode(), Text(f"\u202b{AR}\u202c\u200f")),
    "utf7.txt": (b"+BkUGLQ- is what it says\n", Text("+BkUGLQ- is what it says\n")),
    "html in disguise.txt": (f"<p>{AR}</p>".encode(), Text(f"<p>{AR}</p>")),
    "one escape.txt": (f"{AR}\x1b[31m{EN}".encode(), Text(f"{AR}\x1b[31m{EN}")),
    "no end of line.txt": ("خبر من حلب".encode(), Text("خبر من حلب")),
    "many lines.txt": (("\n" * 5000 + AR).encode(), Text("\n" * 5000 + AR)),
    "one long line.txt": (("كلمة " * 20_000).encode(), Text("كلمة " * 20_000)),
    # Encodings that cannot be told, or not for sure: it would be wrong letters.
    "short cp1256.txt": ("هم".encode("cp1256"), UNKNOWN),
    "the same in both.txt": ("زار".encode("cp1256"), Text("زار")),
    "latin 1.txt": (FR.encode("latin-1"), UNKNOWN),
    "cp1252 quotes.txt": (f"“{FR.strip()}”".encode("cp1252"), UNKNOWN),
    "koi8-r.txt": (RU.encode("koi8-r"), UNKNOWN),
    "cp1251.txt": (RU.encode("cp1251"), UNKNOWN),
    "cp1255.txt": (HE.encode("cp1255"), UNKNOWN),
    "shift-jis.txt": ("保健省は月曜日に三百人が病気だと発表した。".encode("shift-jis"), UNKNOWN),
    "gb18030.txt": ("卫生部星期一宣布三百人患病。".encode("gb18030"), UNKNOWN),
    "dos arabic cp720.txt": (AR.encode("cp720"), UNKNOWN),
    "mac arabic.txt": (AR.encode("mac_arabic", "replace"), UNKNOWN),
    "ebcdic.txt": (EN.encode("cp500"), UNKNOWN),
    # Damaged.
    "cut in a letter.txt": (AR.encode()[:101], Refused("damaged utf-8")),
    "utf8 then cp1256.txt": (AR.encode() + AR.encode("cp1256"), Refused("damaged utf-8")),
    "cp1256 then utf8.txt": (AR.encode("cp1256") + AR.encode(), Refused("damaged utf-8|cannot be told")),
    "cp1256 then iso 8859-6.txt": (AR.encode("cp1256") + AR.encode("iso8859-6"), UNKNOWN),
    "utf8 then utf16.txt": (AR.encode() + AR.encode("utf-16-le"), Refused("damaged utf-8|binary")),
    "odd utf16.txt": (b"\xff\xfe" + AR.encode("utf-16-le") + b"\x41", Refused("damaged utf-16")),
    "half a pair in utf16.txt": (b"\xff\xfe" + AR.encode("utf-16-le") + b"\x00\xd8", Refused("damaged utf-16")),
    "surrogates in utf8.txt": (AR.encode() + b"\xed\xa0\x80", Refused("damaged utf-8")),
    "overlong utf8.txt": (AR.encode() + b"\xc0\xaf", Refused("damaged utf-8")),
    "encoded twice.txt": (("وقال الوزير " * 9).encode().decode("cp1252").encode(), Refused("encoded twice")),
    "encoded twice by latin 1.txt": (AR.encode().decode("latin-1").encode(), UNKNOWN),
    "letters lost.txt": (("\ufffd" * 40 + " خبر").encode(), Refused("lost")),
    "question marks.txt": (b"???? ????? ?? ????\n" * 9, Refused("no letters")),
    # No text.
    "empty.txt": (b"", Refused("empty")),
    "white space.txt": (b" \t\r\n \n" * 99, Refused("no letters")),
    "figures.txt": ("٣٠٠ 500 — 1,234\n".encode(), Refused("no letters")),
    "only a mark.txt": (b"\xef\xbb\xbf", Refused("no letters|empty")),
    "only a utf16 mark.txt": (b"\xff\xfe", Refused("no letters|empty")),
    "only emoji.txt": ("🟥🟥🟥\n".encode(), Refused("no letters")),
    "nul in the text.txt": (AR.encode() + b"\0" + AR.encode(), Refused("binary")),
    "nuls.txt": (b"\0" * 5000, Refused("binary|no letters|cannot be told")),
    "nul in utf16.txt": (b"\xff\xfe" + (AR + "\0").encode("utf-16-le"), Refused("binary")),
    "escapes.txt": (b"\x1b[2J\x07" * 300, Refused("binary")),
    "a picture.txt": (b"\x89PNG\r\n\x1a\n" + noise(3000), Refused("binary")),
    "a zip.txt": (a_zip({"a.txt": AR.encode()}), Refused("binary")),
    "a zip bomb.txt": (a_zip({"a.txt": b" " * 10_000_000}), UNKNOWN),
    "a gzip.txt": (gzip.compress(AR.encode() * 9, mtime=0), Refused("binary")),
    "a pdf.txt": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\nstream\n" + noise(3000), UNKNOWN),
    "a program.txt": (b"\x7fELF\x02\x01\x01" + b"\0" * 9 + noise(3000), Refused("binary")),
    "a database.txt": (b"SQLite format 3\0\x10\0\x01\x01" + noise(3000), Refused("binary")),
    "noise.txt": (noise(9000), UNKNOWN),
    # Other types of file.
    "noise.pdf": (noise(3000), Refused("called .pdf and is none")),
    "broken.pdf": (b"%PDF-1.7\n" + noise(3000), Refused("damaged|no text|cannot be read")),
    "cut.pdf": (PDF[: len(PDF) // 3], Refused("damaged|no text|cannot be read")),
    "noise.zip": (noise(3000), Refused("not a valid ZIP")),
    "cut.zip": (a_zip({"a.txt": AR.encode()})[:-30], Refused("not a valid ZIP")),
    "bomb.zip": (a_zip({"a.txt": b"\0" * 110_000_000}), Refused("too much")),
    "noise.docx": (noise(3000), Refused("broken|encrypted")),
    "not word.docx": (a_zip({"a.txt": AR.encode()}), Refused("no Word document")),
    "bomb.docx": (
        a_zip({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a>" + b" " * 20_000_000 + b"</a>"}),
        Refused("more than 16 MiB|no Word document"),
    ),
    "entities.docx": (a_zip({"word/document.xml": LAUGHS}), Refused("entities|no Word document|no XML")),
    "broken.json": (b'[{"text": ', Refused("not valid JSON")),
    "binary.json": (noise(3000), UNKNOWN),
    "empty.html": (b"<html><body></body></html>", Refused("no text|no page")),
    "binary.html": (b"<html>" + b"\0" * 99 + noise(3000), Refused(".")),
    "deep.html": (b"<div>" * 200_000 + AR.encode(), Refused("nested too deep")),
    "binary.md": (noise(3000), UNKNOWN),
    # Names.
    "UPPER.TXT": (AR.encode(), Text(AR)),
    "-rf.txt": (AR.encode(), Text(AR)),
    " spaces .txt": (AR.encode(), Text(AR)),
    "100% 'quoted' \"twice\" [red]x[/red] $HOME.txt": (AR.encode(), Text(AR)),
    "a\n  deleted: everything.txt": (AR.encode(), Text(AR)),
    "\x1b[31mred\x07\x7f.txt": (AR.encode(), Text(AR)),
    "\u202etxt.exe\u202c \u2066x.txt": (AR.encode(), Text(AR)),
    "\u2028line\u0085next.txt": (b"", Refused("empty")),
    unicodedata.normalize("NFC", "é.txt"): (AR.encode(), Text(AR)),
    unicodedata.normalize("NFD", "é.txt"): (EN.encode(), Text(EN)),
    "أ" * 125 + "x.txt": (AR.encode(), Text(AR)),
    "/".join(["عميق"] * 60) + "/a.txt": (AR.encode(), Text(AR)),
    ".hidden.txt": (AR.encode(), Skipped("hidden")),
    "no extension": (AR.encode(), Skipped("type .none.")),
    "program.exe": (AR.encode(), Skipped("type .exe")),
    "..txt": (AR.encode(), Skipped("hidden")),
    "small bomb.zip": (a_zip({"a.txt": b" " * 9_000_000, "b.txt": AR.encode()}), Refused("too much")),
}


OF_SEVERAL: dict[str, tuple[bytes, dict[str, Outcome]]] = {
    "mixed.zip": (
        a_zip({"good.txt": AR.encode(), "bad.txt": FR.encode("latin-1"), "empty.txt": b"", "b.exe": b"MZ"}),
        {
            "good.txt": Text(AR),
            "bad.txt": UNKNOWN,
            "empty.txt": Refused("empty"),
            "b.exe": Refused("type .exe"),
        },
    ),
    "nested.zip": (
        a_zip({"inner.zip": a_zip({"a.txt": AR.encode()}), "b.txt": AR.encode()}),
        {"inner.zip": Refused("archive inside"), "b.txt": Text(AR)},
    ),
    "climbing.zip": (a_zip({"../../etc/passwd.txt": AR.encode()}), {"../../etc/passwd.txt": Text(AR)}),
    "rows.jsonl": (
        b'{"text": "' + EN.strip().encode() + b'"}\n{"text": \n{"other": 1}\n',
        {"line 1": Text(EN.strip()), "line 2": Refused("not valid JSON"), "line 3": Refused("no text|no column")},
    ),
}


def write_all(root: Path) -> dict[str, Outcome]:
    """Make the folder; what must become of each file or entry in it, by source as a report names it."""
    root.mkdir()
    expected: dict[str, Outcome] = {}
    for source, (data, outcome) in CONTENTS.items():
        path = root / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        expected[source] = outcome
    for name, (data, members) in OF_SEVERAL.items():
        (root / name).write_bytes(data)
        expected |= {f"{name} ({member})": outcome for member, outcome in members.items()}
    with (root / "too large.txt").open("wb") as file:
        file.truncate(3 * 2**20)
    (root / "twin.txt").hardlink_to(root / "utf8.txt")
    os.mkfifo(root / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(root)  # the address of a socket is short
        one.bind("socket.txt")
        os.chdir(here)
    (root / "link.txt").symlink_to("/etc/passwd")
    (root / "dangling.txt").symlink_to("nowhere.txt")
    (root / "loop").symlink_to(root)
    (root / "one.txt").symlink_to("other.txt")
    (root / "other.txt").symlink_to("one.txt")
    (root / "folder.txt").mkdir()
    (root / "folder.txt" / "a.txt").write_text(EN)
    (root / ".git").mkdir()
    (root / ".git" / "a.txt").write_text(EN)
    Path(os.fsdecode(os.fsencode(root) + b"/\xe3\xc8.txt")).write_text(EN)
    too_deep = _deeper_than_a_path_may_be(root)
    links = dict.fromkeys(("link.txt", "dangling.txt", "loop", "one.txt", "other.txt"), Skipped("symbolic link"))
    return (
        expected
        | links
        | {
            "too large.txt": Refused("too large: 3.0 MiB"),
            "twin.txt": Text(AR),
            "pipe.txt": Skipped("not a regular file"),
            "socket.txt": Skipped("not a regular file"),
            "folder.txt/a.txt": Text(EN),
            ".git": Skipped("hidden"),
            "\\udce3\\udcc8.txt": Skipped("not UTF-8"),
            too_deep: Skipped("too long"),
        }
    )


def _deeper_than_a_path_may_be(root: Path) -> str:
    """A folder whose path has more bytes than a system call takes; the first folder that cannot be looked at."""
    name, limit = "d" * 250, 4096
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    source = ""
    first = ""
    for _ in range(limit // 250 + 2):
        os.mkdir(name, dir_fd=handle)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=handle)
        os.close(handle)
        handle, source = below, f"{source}/{name}".lstrip("/")
        if not first and len(os.fsencode(root / source)) >= limit:
            first = source
    os.close(os.open("a.txt", os.O_WRONLY | os.O_CREAT, dir_fd=handle))
    os.close(handle)
    return first
