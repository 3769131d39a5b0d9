"""`rag.extract.outlets`: a table of outlets is read whole, or its line is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_documents import by_hand, p, packed, r
from small_corpus import HashModel, build

from rag.config import Settings
from rag.corpus import own_outlets
from rag.errors import BadSetting
from rag.extract.base import Extracted
from rag.extract.formats import formats
from rag.extract.outlets import Outlet, Outlets, read_outlets, shipped_outlets
from rag.ingest.sync import Extraction, IngestReport, ingest
from rag.store.catalog import Catalog
from rag.text.normalise import normalise

NEWS = "وقال لافروف خلال مؤتمر صحفي مع نظيره إن موسكو ستواصل دعم سوريا في محاربة الإرهاب بكل الوسائل المتاحة."


def written(folder: Path, text: str) -> Path:
    path = folder / "outlets.tsv"
    path.write_bytes(text.encode())
    return path


def test_a_line_is_an_outlet_and_columns_at_its_end_may_be_left_out(tmp_path: Path) -> None:
    text = "\ufeff# people read this\r\nالبيداء\tBaydaa|صحيفة البيداء\tbaydaa.org|baydaa.net\tyes\tLY\r\n\r\nالأمل\n"
    found = read_outlets(written(tmp_path, text))
    baydaa = Outlet("البيداء", ("Baydaa", "صحيفة البيداء"), ("baydaa.org", "baydaa.net"), is_agency=True, country="LY")
    assert found.outlets == (baydaa, Outlet("الأمل"))
    assert found.named("صحيفه البيداء") == found.named("baydaa") == found.at("www.baydaa.net") == baydaa


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("\tBaydaa", "has no letters"),
        ("البيداء\t|Baydaa", "has no letters"),
        ("البيداء\t\thttps://baydaa.org", "is not a valid host"),
        ("البيداء\t\tBaydaa.org", "is not a valid host"),
        ("البيداء\t\t\tmaybe", "the agency column"),
        ("البيداء\t\t\tno\tLibya", "is not a country code"),
        ("البيداء\t\t\tno\tLY\tmore", "6 columns"),
    ],
)
def test_a_line_that_cannot_be_used_is_told(tmp_path: Path, line: str, what: str) -> None:
    with pytest.raises(BadSetting, match=what) as told:
        read_outlets(written(tmp_path, f"# a\n{line}\n"))
    assert told.value.where == f"{tmp_path / 'outlets.tsv'}, line 2"


def test_a_file_that_is_missing_unreadable_or_not_utf8_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="no such file"):
        read_outlets(tmp_path / "outlets.tsv")
    with pytest.raises(BadSetting, match="cannot be read"):
        read_outlets(tmp_path)
    (tmp_path / "outlets.tsv").write_bytes("أ\nب\n".encode("cp1256"))
    with pytest.raises(BadSetting, match="not UTF-8"):
        read_outlets(tmp_path / "outlets.tsv")


def test_the_table_that_comes_with_isnad_names_no_two_outlets_alike() -> None:
    spellings = [
        (" ".join(normalise(name)[0].split()), one)
        for one in shipped_outlets().outlets
        for name in (one.name, *one.spellings)
    ]
    owners: dict[str, set[str]] = {}
    for spelling, one in spellings:
        owners.setdefault(spelling, set()).add(one.name)
    assert {spelling: names for spelling, names in owners.items() if len(names) > 1} == {}
    hosts = [host for one in shipped_outlets().outlets for host in one.hosts]
    assert len(hosts) == len(set(hosts))


def test_ones_own_table_is_added_and_changes_the_digest(tmp_path: Path) -> None:
    assert own_outlets(Settings(data_dir=tmp_path)) is None
    written(tmp_path, "رويترز العربية\treuters\treuters.com\tno\tLB\n")
    both = own_outlets(Settings(data_dir=tmp_path))
    assert both is not None
    assert both.digest != shipped_outlets().digest
    own, sana = both.named("reuters"), both.named("سانا")
    assert own is not None
    assert (own.country, both.at("reuters.com")) == ("LB", own)
    assert sana == shipped_outlets().named("سانا") is not None
    assert (
        read_outlets(written(tmp_path, "# a remark\nالأمل\n")).digest
        == read_outlets(written(tmp_path, "الأمل\n")).digest
    )


def test_a_changed_table_reads_the_texts_again_and_embeds_only_what_is_new(tmp_path: Path) -> None:
    (folder := tmp_path / "folder").mkdir()
    (folder / "a.txt").write_text(f"لقاء في مدينة سوتشي\n\nدمشق - البيداء\n\n{NEWS}\n", "utf-8")
    settings = Settings(data_dir=tmp_path / "data")

    def outlets_after(outlets: Outlets | None) -> tuple[IngestReport, set[str | None]]:
        args = {
            "settings": settings,
            "corpus": "c",
            "embedder": HashModel(),
            "build": build,
            "extraction": Extraction(outlets=outlets),
        }
        report = ingest(folder, **args)  # type: ignore[arg-type]
        with Catalog.open(settings.corpus_dir("c") / "catalog.sqlite3") as catalog:
            current = catalog.current("c")
            assert current is not None
            return report, {meta.outlet for meta in catalog.articles_meta(current.id)}

    assert outlets_after(None)[1] == {None}
    own = shipped_outlets().extended(read_outlets(written(tmp_path, "البيداء\n")))
    report, names = outlets_after(own)
    assert (report.switched, names) == (True, {"البيداء"})
    # The line of the place and the paper left the body: what is left is the news, a sentence that was embedded before.
    assert report.embedded == 0
    report, _ = outlets_after(own)
    assert (report.switched, report.embedded) == (False, 0)


def _document(ending: str) -> bytes:
    """A short article with the same dateline, as a file of that type; ``large.html`` is read in another process."""
    lines = ["لقاء في مدينة سوتشي", "دمشق - البيداء", NEWS, NEWS.replace("موسكو", "دمشق")]
    if ending == ".docx":
        return packed("".join(map(p, map(r, lines))))
    if ending == ".md":
        return "\n\n".join(lines).encode()
    page = "".join(f"<p>{line}</p>" for line in lines[1:])
    filler = f"<!-- {'x' * 300_000} -->" if ending == "large.html" else ""
    return (
        f"<html lang=ar><head>{filler}</head><body><article><h1>{lines[0]}</h1>{page}</article></body></html>".encode()
    )


@pytest.mark.parametrize("ending", [".docx", ".md", ".html", "large.html"])
def test_ones_own_table_counts_for_documents_too(ending: str, tmp_path: Path) -> None:
    own = shipped_outlets().extended(read_outlets(written(tmp_path, "البيداء\n")))
    for table, outlet in ((None, None), (own, "البيداء")):
        (one,) = formats(limit=2**20, outlets=table)[Path(f"a{ending}").suffix].extract(_document(ending))
        assert isinstance(one, Extracted)
        assert (one.outlet and one.outlet.value) == outlet


def test_ones_own_table_counts_for_a_printed_page(tmp_path: Path) -> None:
    own = shipped_outlets().extended(read_outlets(written(tmp_path, "Al Baydaa\n")))
    words = ["A meeting in the city of Sochi", "Damascus - Al Baydaa"]
    words += ["The minister said on Monday that the talks about the new port had ended without any result."] * 2
    lines = b" ".join(f"({line}) Tj 0 -{30 if n < 2 else 14} Td".encode() for n, line in enumerate(words))
    content = b"BT /F1 10 Tf 20 700 Td " + lines + b" ET"
    for table, outlet in ((None, None), (own, "Al Baydaa")):
        (one,) = formats(limit=2**20, outlets=table)[".pdf"].extract(by_hand(content))
        assert isinstance(one, Extracted)
        assert (one.outlet and one.outlet.value) == outlet
