"""`isnad timeline`, `isnad compare` and `isnad batch` over the real seeds and the real embedding model."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from isnad_command import ROOT, Isnad, WarmIsnad
from openpyxl import load_workbook
from views_archive import EREM, REUTERS, SANA, write_rows

SEEDS = ROOT / "seeds"
GENEVA = "متى صدر بيان جنيف؟"
AMBASSADOR = "من السفير الروسي في القاهرة؟"
DEAD = "كم عاملا قتل في حريق مصنع صفاقس؟"


@pytest.fixture(scope="module")
def views(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Isnad]:
    """The command over the archive of twelve articles, with the reader."""
    home = tmp_path_factory.mktemp("views")
    (home / "data").mkdir()
    (home / "data" / "models").symlink_to(models)
    isnad = WarmIsnad(home / "data", home / "network.log")
    done = isnad("ingest", str(write_rows(home / "files")), "--corpus", "archive")
    assert done.returncode == 0, done.stderr.decode()
    yield isnad
    assert isnad.attempts() == ""


def test_a_timeline_in_json_is_slices_of_the_files_by_day(isnad: Isnad) -> None:
    done = isnad("timeline", GENEVA, "--corpus", "seeds", "--json", ISNAD_READER="bundled")
    assert done.returncode == 0, done.stderr.decode()
    made = json.loads(done.stdout)
    [geneva] = [one for one in made["entries"] if one["date"] == "2012-06-30"]
    assert (geneva["by"], geneva["precision"]) == ("text", "day")
    for one in made["entries"] + made["undated"]:
        cited = one["citation"]
        text = (SEEDS / cited["source"]).read_bytes().decode(cited["encoding"])
        assert text[cited["start"] : cited["end"]] == cited["quote"]
        if one["named"]:
            assert text[one["named"]["start"] : one["named"]["end"]] == one["named_words"]


def test_a_person_reads_the_days_and_their_sentences(views: Isnad) -> None:
    done = views("timeline", "ماذا حدث في مصنع النسيج في صفاقس؟", ISNAD_READER="bundled")
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    days = [
        line for line in lines if line in {"1998", "2016-05-03", "2016-05-04", "2016-05-05", "2016-05-06", "2016-06"}
    ]
    assert days == ["1998", "2016-05-03", "2016-05-04", "2016-05-05", "2016-05-06", "2016-06"]
    assert "بلا تاريخ مذكور" in lines
    assert "بحسب الجملة" in done.stdout.decode()
    nothing = views("timeline", "من فاز بكأس العالم؟", ISNAD_READER="bundled")
    assert (nothing.returncode, "12" in nothing.stdout.decode()) == (3, True)


def test_a_comparison_is_shown_and_written(views: Isnad, tmp_path: Path) -> None:
    asked = ("compare", DEAD, "--outlet", SANA, "--outlet", REUTERS, "--outlet", EREM)
    done = views(*asked, "--out", str(tmp_path / "table.xlsx"), ISNAD_READER="bundled")
    assert done.returncode == 0, done.stderr.decode()
    shown = done.stdout.decode()
    assert f"{DEAD} · مختلفة" in shown
    assert "وأدى الحريق إلى مقتل 12 عاملا." in shown
    assert f"{EREM}: لم يوجد شيء" in shown
    [header, row] = load_workbook(tmp_path / "table.xlsx")["table"].iter_rows(values_only=True)
    assert header == ("question", "agreement", SANA, REUTERS, EREM)
    assert row[1] == "differ"
    document = json.loads(views(*asked, "--json", ISNAD_READER="bundled").stdout)
    assert [cell["outlet"] for cell in document["rows"][0]["cells"]] == [SANA, REUTERS, EREM]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("timeline", "؟"), "empty"),
        (("timeline", GENEVA, "--language", "fr"), "fr"),
        (("timeline", GENEVA, "--from", "x"), "not a valid day"),
        (("compare", DEAD, "--outlet", "الجزيرة"), "known: "),
        (("compare", DEAD, "--out", "table.pdf"), "neither .csv nor .xlsx"),
        (("compare", DEAD, "--link-base", "javascript:x"), "not a valid address"),
    ],
)
def test_what_cannot_be_used_says_so_on_one_line(views: Isnad, arguments: tuple[str, ...], what: str) -> None:
    done = views(*arguments)
    assert done.returncode == 2, done.stderr.decode()
    [line] = done.stderr.decode().splitlines()
    assert what in line


def table_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_a_sheet_comes_back_with_answers_and_its_errors(isnad: Isnad, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f'no,question\n1,"{AMBASSADOR}"\n2,\n3,=من زار سوتشي؟\n', encoding="utf-8")
    asked = ("batch", str(tmp_path / "in.csv"), "--corpus", "seeds", "--link-base", "http://127.0.0.1:7860", "--out")
    done = isnad(*asked, str(tmp_path / "out.csv"))
    assert done.returncode == 2, done.stderr.decode()  # one row has an error
    header, answered, empty, formula = table_of(tmp_path / "out.csv")
    row = dict(zip(header, answered, strict=True))
    assert header[:2] == ["no", "question"]
    assert row["status"] == "answered"
    assert (SEEDS / row["file"]).read_bytes().decode()[int(row["start"]) : int(row["end"])] == row["quote"]
    assert row["link"].startswith("http://127.0.0.1:7860/#source/")
    assert (empty[header.index("status")], "empty" in empty[-1]) == ("error", True)
    assert formula[1] == "'=من زار سوتشي؟"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]

    again = isnad(*asked, str(tmp_path / "out.csv"))
    assert (again.returncode, "--force" in again.stderr.decode()) == (2, True)
    workbook = isnad(*asked, str(tmp_path / "out.xlsx"))
    assert workbook.returncode == 2
    sheet = load_workbook(tmp_path / "out.xlsx")["answers"]
    assert [cell.value for cell in sheet[2]][:2] == ["1", AMBASSADOR]
    third = isnad("batch", str(tmp_path / "out.xlsx"), "--corpus", "seeds", "--out", str(tmp_path / "again.csv"))
    assert third.returncode == 2
    assert table_of(tmp_path / "again.csv")[0][: len(header)] == header


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("in.csv", b"", "no question"),
        ("in.csv", b"question\n", "no question"),
        ("in.xlsx", b"no zip", "not a valid XLSX"),
        ("in.txt", b"question\nwho?\n", "neither .csv nor .xlsx"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused(
    isnad: Isnad, tmp_path: Path, name: str, data: bytes, what: str
) -> None:
    (tmp_path / name).write_bytes(data)
    done = isnad("batch", str(tmp_path / name), "--corpus", "seeds", "--out", str(tmp_path / "out.csv"))
    assert (done.returncode, what in done.stderr.decode()) == (2, True), done.stderr.decode()
    assert not (tmp_path / "out.csv").exists()


def test_a_batch_of_two_hundred_goes_on_after_each_of_two_kills(isnad: WarmIsnad, tmp_path: Path) -> None:
    questions = [f"{AMBASSADOR} {n}" for n in range(200)]
    (tmp_path / "in.csv").write_text("سؤال\n" + "\n".join(questions) + "\n", encoding="utf-8")
    arguments = ["batch", str(tmp_path / "in.csv"), "--corpus", "seeds", "--out", str(tmp_path / "out.csv")]
    journal = tmp_path / "out.csv.partial.jsonl"

    def rows() -> list[int]:
        """The rows in the journal, in the order in which they were written; a torn line is none."""
        return [json.loads(line)["row"] for line in journal.read_bytes().splitlines() if line.endswith(b"}")]

    def written(least: int) -> bool:
        return journal.exists() and journal.read_bytes().count(b'"row"') >= least

    for least in (1, 100):
        isnad.killed(*arguments, when=partial(written, least))
        assert least - 1 <= len(rows()) < 200
        assert rows() == list(range(1, len(rows()) + 1)), "a row was asked twice, or left out"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", journal.name]

    before = len(rows())
    done = isnad(*arguments)
    assert done.returncode == 0, done.stderr.decode()
    said = done.stderr.decode()
    assert int(said.partition("resuming: ")[2].split()[0]) == before
    assert "200 questions" in said
    assert [row[0] for row in table_of(tmp_path / "out.csv")] == ["سؤال", *questions]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    whole = isnad(*arguments[:-1], str(tmp_path / "whole.csv"))
    assert whole.returncode == 0
    assert "resuming" not in whole.stderr.decode()
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()
