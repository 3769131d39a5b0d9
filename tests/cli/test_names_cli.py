"""`isnad names`, and `--name` of the commands that ask, over the archive of twelve articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from isnad_command import Isnad, WarmIsnad
from views_archive import write_rows


@pytest.fixture(scope="module")
def names(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Isnad:
    home = tmp_path_factory.mktemp("names")
    (home / "data").mkdir()
    (home / "data" / "models").symlink_to(models)
    isnad = WarmIsnad(home / "data", home / "network.log")
    done = isnad("ingest", str(write_rows(home / "files")), "--corpus", "archive")
    assert done.returncode == 0, done.stderr.decode()
    return isnad


def test_a_table_and_json_have_the_same_names_and_counts(names: Isnad) -> None:
    done = names("names", "--kind", "person")
    assert done.returncode == 0, done.stderr.decode()
    assert any(
        line.split()[:2] == ["3", "person"] and "فيصل المقداد" in line for line in done.stdout.decode().splitlines()
    )
    found = json.loads(names("names", "--kind", "person", "--json").stdout)["names"]
    mekdad = next(one for one in found if one["name"] == "فيصل المقداد")
    assert (mekdad["articles"], set(mekdad["spellings"])) == (3, {"فيصل المقداد", "Faisal Mekdad"})
    assert json.loads(names("names", "--like", "Mekdad", "--json").stdout)["names"] == [mekdad]


def test_a_question_is_asked_of_the_articles_that_name_somebody(names: Isnad) -> None:
    asked = names("ask", "من زار سوتشي؟", "--name", "Faisal Mekdad", "--json")
    evidence = json.loads(asked.stdout)["evidence"]
    assert {one["title"] for one in evidence} == {"زيارة", "Visit", "المقداد في روسيا"}
    days = names("timeline", "ماذا حدث؟", "--name", "فيصل المقداد", "--json")
    assert days.returncode in (0, 3), days.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("names", "--kind", "thing"), "use person, organisation, place"),
        (("names", "--limit", "0"), "the limit 0"),
        (("names", "--name", "فلان الفلاني"), "isnad names"),
        (("ask", "من زار سوتشي؟", "--name", "فيصل المقدا"), "فيصل المقداد"),
        (("compare", "من زار سوتشي؟", "--name", "فلان الفلاني"), "isnad names"),
    ],
)
def test_what_cannot_be_listed_or_asked_is_bad_use(arguments: tuple[str, ...], said: str, names: Isnad) -> None:
    done = names(*arguments)
    assert done.returncode == 2, done.stdout.decode()
    assert said in done.stderr.decode()
