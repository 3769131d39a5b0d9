"""Who an answer names, so that the next question's pronoun means somebody."""

from __future__ import annotations

import pytest

from rag.retrieve.followup import MOST, completed, people
from rag.text.messages import say

MUALLEM = (
    "بحسب سانا: «استقبل الرئيس الروسي فلاديمير بوتين وزير الخارجية السوري وليد المعلم في مدينة سوتشي.» [1]\n"
    "بحسب رويترز: «التقى سيرغي لافروف نظيره.» [2]"
)


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (MUALLEM, ["فلاديمير", "بوتين", "وليد", "المعلم"]),
        ("«سيرغي كيربتشينكو» — بحسب سانا: «أكد سيرغي كيربتشينكو أن محمد غادر.» [1]", ["سيرغي", "كيربتشينكو"]),
        ("According to SANA: “Putin met Minister Walid Muallem in Moscow.” [1]", ["Putin", "Walid", "Muallem"]),
        ("بحسب رويترز: «ارتفعت الأسعار بنسبة خمسة بالمئة في تونس.» [1]", []),
        (say("not_in_corpus", "ar", searched=20), []),
        (say("not_in_corpus", "en", searched=20), []),
        ("", []),
    ],
)  # fmt: skip
def test_the_persons_of_the_first_claim_are_taken_and_no_place(answer: str, names: list[str]) -> None:
    assert people(answer) == names


def test_no_more_than_a_few_are_taken() -> None:
    assert len(people("“Putin, Lavrov, Muallem, Kerry, Fabius, Shoukry met.” [1]")) == MOST


def test_a_pronoun_after_who_is_resolved_against_the_answer() -> None:
    assert completed("ومن رافقه؟", [("من زار سوتشي؟", MUALLEM)]) == "ومن رافقه؟ (فلاديمير بوتين وليد المعلم زار سوتشي)"
    assert completed("And who went with him?", [("Who visited Sochi?", "“Walid Muallem left.” [1]")]) == (
        "And who went with him? (Walid Muallem visited Sochi)"
    )


def test_what_the_question_names_itself_or_does_not_point_at_is_not_added() -> None:
    assert completed("ومتى زار المعلم دمشق؟", [("من زار سوتشي؟", MUALLEM)]) == "ومتى زار المعلم دمشق؟ (سوتشي)"
    assert completed("ومن رافقه؟", [("متى زار المعلم سوتشي؟", MUALLEM)]) == "ومن رافقه؟ (زار المعلم سوتشي)"
    assert "المعلم" not in completed("ومن رافق المعلم في رحلته؟", [("من زار سوتشي؟", MUALLEM)]).split("(", 1)[1]
