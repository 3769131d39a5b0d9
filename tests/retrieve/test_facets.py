"""The names of a small archive in both scripts: counted, merged where that is sure, undone by names.tsv, in filters."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from fake_vectors import FakeEmbedder

from rag.config import DEFAULT_CORPUS, Settings
from rag.corpus import Corpus, ingest_folder, names_of, open_corpus
from rag.errors import BadInput, BadSetting, IndexUnusable
from rag.index import layout
from rag.index.entities import Entities, Spelling, merges
from rag.index.verify import verify_folder
from rag.retrieve.filters import Facets
from rag.text.entities import name_key
from rag.text.names import OwnNames, read_names
from rag.types import Filters

ARTICLES = {
    "1.txt": "قال وزير الخارجية الروسي سيرغي لافروف إن موسكو ترحب بالاتفاق. وأضاف لافروف أن روسيا مستعدة.",
    "2.txt": "التقى سيرجي لافروف نظيره الأمريكي جون كيري في جنيف.",
    "3.txt": "Sergei Lavrov met John Kerry in Geneva, Russia said.",
    "4.txt": "زار الرئيس السوري بشار الأسد حلب. وأعلنت الأمم المتحدة هدنة في حلب.",
    "5.txt": "President Bashar al-Assad spoke to the United Nations about Aleppo.",
    "6.txt": "قالت أنجيلا ميركل إن ألمانيا قلقة. وقالت انجيلا ميركل إن برلين تتابع.",
    "7.txt": "فاز حسن روحاني بالانتخابات في إيران.",
    "8.txt": "نفى حسين روحاني الخبر في ايران.",
    "9.txt": "محمد سالم البلهان في تونس، ومحمد سليم البلهان في مصر.",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    tmp_path = tmp_path_factory.mktemp("names")
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    made = Settings(data_dir=tmp_path / "data", generator="extractive", reader="off")
    ingest_folder(folder, made, embedder=FakeEmbedder())  # type: ignore[arg-type]
    return made


@pytest.fixture
def generation(settings: Settings, tmp_path: Path) -> tuple[Settings, Path]:
    """A copy of the archive, and the folder of its generation."""
    shutil.copytree(settings.data_dir, tmp_path / "data")
    copied = settings.model_copy(update={"data_dir": tmp_path / "data"})
    [folder] = [path for path in copied.generations_dir(DEFAULT_CORPUS).glob("0*") if path.is_dir()]
    return copied, folder


def opened(settings: Settings) -> Corpus:
    return open_corpus(settings, embedder=FakeEmbedder())  # type: ignore[arg-type]


def counts(settings: Settings, **more: object) -> dict[str, int]:
    found = names_of(settings, limit=50, **more)  # type: ignore[arg-type]
    return {facet.name: facet.articles for facet in found}


def test_spellings_in_both_scripts_are_one_name_with_the_number_of_its_articles(settings: Settings) -> None:
    found = {facet.name: facet for facet in names_of(settings, "person", limit=50)}
    assert len(found) == 8
    assert {"حسن روحاني", "حسين روحاني", "محمد سالم البلهان", "محمد سليم البلهان"} < found.keys()
    lavrov = next(facet for facet in found.values() if "لافروف" in facet.name)
    assert (set(lavrov.spellings), lavrov.articles) == ({"سيرغي لافروف", "سيرجي لافروف", "Sergei Lavrov"}, 3)
    assert (set(found["جون كيري"].spellings), found["جون كيري"].articles) == ({"جون كيري", "John Kerry"}, 2)
    assert (set(found["بشار الأسد"].spellings), found["بشار الأسد"].articles) == ({"بشار الأسد", "Bashar al-Assad"}, 2)
    assert set(found["أنجيلا ميركل"].spellings) == {"أنجيلا ميركل", "انجيلا ميركل"}


def test_places_and_organisations_are_merged_by_the_tables(settings: Settings) -> None:
    found = {facet.name: facet.articles for facet in names_of(settings, "place", limit=50)}
    assert (found["حلب"], found["جنيف"], found["روسيا"], found["تونس"]) == (2, 2, 2, 1)
    assert found.get("إيران", 0) + found.get("ايران", 0) == 2
    assert counts(settings, kind="organisation") == {"الأمم المتحدة": 2}


def test_the_names_of_a_question_with_filters_are_those_of_the_articles_that_pass(settings: Settings) -> None:
    assert counts(settings, kind="person", filters=Filters(source="[45].txt")) == {"بشار الأسد": 2}
    assert counts(settings, kind="person", filters=Filters(names=("جنيف",))).keys() >= {"جون كيري"}
    assert counts(settings, like="لافروف").keys() <= {"سيرغي لافروف", "سيرجي لافروف"}
    assert counts(settings, like="lavrov")  # in a spelling, whatever its case
    assert len(names_of(settings, "place", limit=2)) == 2


def test_a_filter_keeps_the_articles_that_have_all_of_the_names(settings: Settings) -> None:
    with opened(settings) as corpus:

        def sources(*names: str) -> set[str]:
            found = corpus.search(corpus.query("ماذا قال؟ قال", filters=Filters(names=names), top_k=20))
            return {found.articles[hit.passage.article_id].source for hit in found.hits}

        assert sources("Sergei Lavrov") == {"1.txt", "2.txt", "3.txt"}  # one spelling stands for all
        assert sources("سيرغي لافروف", "جون كيري") == {"2.txt", "3.txt"}
        assert sources("بشار الأسد", "جنيف") == set()
        assert len(corpus.naming(("بشار الأسد",))) == 2
        assert corpus.naming(()) == frozenset()


@pytest.mark.parametrize(
    ("names", "what", "do"),
    [
        (("فلان الفلاني",), "no article has the name", "isnad names"),
        (("سيرغي لافرو",), "no article has the name", "لافروف"),
        (("",), "a name is empty", "write a name"),
        (tuple(f"{n} x" for n in range(11)), "11 names", "leave some out"),
    ],
)
def test_a_name_that_no_article_has_is_an_error_that_says_what_to_do(
    names: tuple[str, ...], what: str, do: str, settings: Settings
) -> None:
    with opened(settings) as corpus:
        filters = Filters(names=names)
        asking = (lambda: corpus.query("من؟", filters=filters), lambda: corpus.check("قال لافروف.", filters=filters))
        for ask in asking:
            with pytest.raises(BadInput, match=what) as caught:
                ask()
            assert do in caught.value.do
    with pytest.raises(BadInput, match="limit 0"):
        names_of(settings, limit=0)


def test_names_tsv_joins_and_separates_names_without_another_ingest(settings: Settings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"names_file": tmp_path / "names.tsv"})
    (tmp_path / "names.tsv").write_text(
        "سيرغي لافروف ≠ سيرجي لافروف\nSergei Lavrov != سيرغي لافروف\nأنجيلا ميركل ≠ انجيلا ميركل\n"
        "حسن روحاني = حسين روحاني\n",
        encoding="utf-8",
    )
    found = names_of(settings, "person", limit=50)
    spellings = {frozenset(facet.spellings): facet.articles for facet in found}
    assert spellings[frozenset({"سيرغي لافروف"})] == 1
    assert spellings[frozenset({"سيرجي لافروف", "Sergei Lavrov"})] == 2
    assert spellings[frozenset({"أنجيلا ميركل"})] == spellings[frozenset({"انجيلا ميركل"})] == 1
    assert [facet.articles for facet in found if facet.name == "حسن روحاني"] == [2]
    with opened(settings) as corpus:
        assert len(corpus.naming(("سيرجي لافروف",))) == 2
        assert len(corpus.naming(("سيرغي لافروف",))) == 1


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("محمد علي ≠", "a name is empty"),
        ("محمد علي ≠ محمد علي", "the same on both sides"),
        ("محمد علي ≠ 12", "has no letters"),
        ("محمد علي = Muhammad Ali ≠ محمد علي كلاي", "both"),
    ],
)
def test_a_line_that_keeps_no_two_names_apart_is_an_error(line: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(f"# names\n{line}\n", encoding="utf-8")
    with pytest.raises(BadSetting, match=what) as caught:
        read_names(path)
    assert caught.value.where.endswith("line 2")


def test_names_that_are_kept_apart_are_no_spellings_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("محمد علي ≠ محمد علي كلاي\nأبو مازن = محمود عباس\n", encoding="utf-8")
    names = read_names(path)
    assert names.apart == (("محمد علي", "محمد علي كلاي"),)
    assert names.entries == (("أبو مازن", "محمود عباس"),)


def test_damaged_names_are_an_unusable_index(generation: tuple[Settings, Path]) -> None:
    settings, folder = generation
    of = folder.parent / layout.SEGMENTS / folder.name / layout.ENTITIES
    names = of / "names.json"
    names.write_text("{}" + " " * (names.stat().st_size - 2))
    with pytest.raises(IndexUnusable, match="is incomplete"):
        names_of(settings)
    with pytest.raises(ValueError, match="incomplete"):
        Entities.open([(of, np.arange(9))])
    with pytest.raises(IndexUnusable, match="has changed"):
        verify_folder(folder)


def spelled(*names: str) -> list[Spelling]:
    return [Spelling("person", name, name_key(name)) for name in names]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("سيرغي لافروف", "سيرجي لافروف", True),
        ("ديمتري بيسكوف", "دميتري بيسكوف", True),
        ("Vladimir Putin", "فلاديمير بوتين", True),
        ("Abdel Fattah el-Sisi", "عبد الفتاح السيسي", True),
        ("Hussein Rouhani", "حسن روحاني", False),
        ("Hassan Rouhani", "حسين روحاني", False),
        ("محمد سالم", "محمد سليم", False),
        ("حسن روحاني", "حسين روحاني", False),
        ("Ivan Petrov", "بيتر إيفانوف", False),
        ("Ali Li", "علي لي", False),  # too short to compare
    ],
)
def test_only_a_sure_merge_is_made(one: str, other: str, same: bool) -> None:
    assert (list(merges(spelled(one, other), [])) != []) is same


def test_a_latin_name_that_fits_two_arabic_ones_is_merged_with_neither() -> None:
    names = spelled("Jean Dupont", "جان دوبون", "جان دوبونت", "Mark Lowen", "مارك لوين")
    assert not [pair for pair in merges(names, []) if {0} & set(pair) and 2 in pair and 1 in pair]
    both = spelled("Ahmad Karim Saad", "أحمد كريم سعد", "احمد كاريم سعد")
    assert all(0 not in pair for pair in merges(both, []))


def test_what_is_kept_apart_stays_apart_through_a_third_spelling() -> None:
    entities = Entities(spelled("أ ب", "ج د", "ه و"), [(0, 1), (1, 2)], (np.array([0, 1, 2]), np.array([0, 1, 2])))
    apart = Facets(entities, OwnNames.of([], None, [("أ ب", "ه و")]))
    assert sorted(len(facet.spellings) for facet in apart.top()) == [1, 2]
    assert [len(facet.spellings) for facet in Facets(entities).top()] == [3]


def test_the_latin_spellings_of_the_names_in_an_arabic_text(settings: Settings) -> None:
    with opened(settings) as corpus:
        latin_in = corpus.answerer._latin_in
        assert set(latin_in("سيرجي لافروف، وجون كيري")) == {"Sergei Lavrov", "John Kerry"}
        assert latin_in("حسن روحاني وفيصل البركاني") == []
        assert latin_in("") == []
