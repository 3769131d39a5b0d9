"""Names and figures that have changed places."""

from __future__ import annotations

import pytest

from rag.verify.names import NameReading
from rag.verify.negation import Sayings
from rag.verify.overlap import swap

COSTS = "The road costs 27 million dinars, while the park of renewable energies in the south costs 100 million."


def gain(claim: str, quote: str) -> int:
    found = swap(NameReading.of(claim), Sayings.of(claim), NameReading.of(quote), Sayings.of(quote))
    return found.gain if found else 0


@pytest.mark.parametrize(
    ("right", "wrong", "quote"),
    [
        (
            "The road costs 27 million and the park of renewable energies 100 million.",
            "The road costs 100 million and the park of renewable energies 27 million.",
            COSTS,
        ),
        (
            "Morata told Chelsea that he accepts the offer of Arsenal.",
            "Morata told Arsenal that he accepts the offer of Chelsea.",
            "Morata told the officials of his club Chelsea that he wants to leave and to accept the offer of Arsenal.",
        ),
    ],
)
def test_the_walk_of_a_swapped_claim_is_longer_than_of_the_right_one(right: str, wrong: str, quote: str) -> None:
    assert gain(right, quote) < 25 < gain(wrong, quote)


def test_members_of_a_list_may_stand_in_any_order() -> None:
    assert gain("Syria and Egypt attacked Israel.", "Egypt and Syria attacked Israel by surprise.") < 30
