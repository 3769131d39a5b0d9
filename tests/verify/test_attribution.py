"""Who said it: speakers of claims against those of quotes, through a pronoun to the article before it."""

from __future__ import annotations

import pytest

from rag.types import Context
from rag.verify.attribution import misattributed
from rag.verify.names import NameReading

BOTH = "قال لافروف إن الإرهاب يهدد الجميع، وأكد دي ميستورا أن المحادثات ستستمر."


def wrong(claim: str, quote: str, before: str = "") -> list[str]:
    read = NameReading.of(claim)
    return [span.of(claim) for span in misattributed(read, [NameReading.of(quote)], [Context(None, before)])]


@pytest.mark.parametrize(
    ("claim", "quote", "before", "expected"),
    [
        ("قال لافروف إن الإرهاب يهدد الجميع", BOTH, "", []),
        ("Lavrov said terrorism threatens everyone.", BOTH, "", []),
        ("Kerry said Lavrov would come.", "Lavrov said that Kerry would come.", "", ["Kerry"]),
        ("Lavrov said it was over.", "He said it was over.", "Lavrov said on Monday that talks went on.", []),
        ("Kerry said it was over.", "He told Kerry that it was over, and said so again.", "Lavrov said no.", ["Kerry"]),
        ("The Syrian minister said so.", "أكد الوزير الروسي ذلك", "", ["The Syrian minister"]),
    ],
)
def test_a_statement_belongs_to_its_speaker(claim: str, quote: str, before: str, expected: list[str]) -> None:
    assert wrong(claim, quote, before) == expected
