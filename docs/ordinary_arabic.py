"""Prints words to add to `rag/text/ordinary_arabic.txt`: `python docs/ordinary_arabic.py` (minutes; needs wordfreq).

An Arabic word counts as ordinary if word lists have it with the inflections that names do not take: with and without
the article, with possessive endings, in the feminine, in a plural, or with the affixes of verbs. Left out are names of
`rag.text.names` and words that follow given names or words such as مدينة in ANT, as surnames and towns do.
Frequencies: wordfreq 3.1 (Speer 2022; its lists are CC BY-SA 4.0, and so is this part of the file).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from wordfreq import get_frequency_dict

from eval.bench.data import read_news
from rag.text.name_shapes import introduces, is_common, is_given, is_ordinary_arabic, listed_given, looks_foreign
from rag.text.names import spellings
from rag.text.normalise import ARABIC, Normal, Word, words
from rag.types import Span

FEWEST = 400
"""Occurrences in a billion words."""
ENOUGH = 3
"""Number of kinds of inflections that make a word ordinary."""
OF_THREE_LETTERS = 5
"""The same for words of three letters, among which parts of foreign names are common."""
IN_NAMES = 0.1
"""Maximum share of a word's occurrences in ANT that follow a given name, a title, or a word such as مدينة."""
ARTICLES: Final = ("وال", "بال", "فال", "ولل", "لل", "ال")
CLITICS: Final = "وفبلك"
OF_SOMEBODY: Final = ("ه", "ها", "هم", "هما", "نا", "كم", "هن", "ك")
PLURALS: Final = ("ين", "ون", "ات", "تين", "تان", "يه", "يات")
VERBS: Final = (
    *((one, "") for one in ("ي", "ت", "ن", "سي", "ست", "ا")),
    *(("", one) for one in ("ت", "وا", "تم", "نا", "تها", "ته")),
    *((one, other) for one in "يت" for other in ("ون", "ه", "ها", "هم", "وا")),
)
TITLES: Final = frozenset(["السيد", "السيده", "الشيخ", "الدكتور", "الاستاذ", "المدعو"])
HELD = Path(__file__).parents[1] / "tests" / "data" / "claims" / "held.jsonl"


class Frequencies:
    """How often normalised forms occur in a billion words."""

    def __init__(self) -> None:
        self._of = Counter[str]()
        for word, share in get_frequency_dict("ar", wordlist="large").items():
            self._of[Normal.of(word).text] += share * 1e9  # type: ignore[assignment]

    def bases(self) -> list[str]:
        """Every form, and every form without its clitics."""
        found = set()
        for word in self._of:
            for prefix in (*ARTICLES, *CLITICS, ""):
                if word.startswith(prefix) and len(word) - len(prefix) > 2:
                    found.add(word.removeprefix(prefix))
        return sorted(found)

    def alone(self, word: str) -> float:
        return self._of[word] + sum(self._of[clitic + word] for clitic in "وبل")

    def definite(self, word: str) -> float:
        return sum(self._of[article + word] for article in ("ال", "وال", "بال", "لل"))

    def kinds(self, word: str) -> int:
        """How many kinds of inflections, out of six, a word has."""
        alone, definite = self.alone(word), self.definite(word)
        least = 0.01 * (alone + definite + 1)
        feminine = word.endswith("ه")
        bare = word[:-1] if feminine else word

        def frequent(forms: Sequence[str]) -> int:
            return sum(self.alone(form) + self.definite(form) > least for form in forms)

        stem = f"{bare}ت" if feminine else word
        possessed = sum(self.alone(stem + ending) > least for ending in OF_SOMEBODY)
        verbal = sum(self._of[one + bare + other] > least for one, other in VERBS)
        other = bare if feminine else f"{word}ه"
        return sum(
            (
                min(alone, definite) > 5 * least,
                possessed > 1,
                possessed > 3,
                frequent([bare + ending for ending in PLURALS]) > 0,
                self.alone(other) + self.definite(other) > 3 * least,
                verbal > 2,
            )
        )


def in_names() -> tuple[Counter[str], Counter[str]]:
    """How often words occur in ANT, and how often after a word that names follow."""
    lines = HELD.read_text(encoding="utf-8").splitlines()
    held = {source.split(":")[-1] for line in lines for source in json.loads(line)["sources"]}
    seen, after = Counter[str](), Counter[str]()
    for article in read_news():
        before = ""
        for word in () if article.id in held else words(article.text):
            if ARABIC.match(word.text):
                base = next((one for one in ARTICLES if word.text.startswith(one) and len(word.text) > 4), "")
                base = word.text.removeprefix(base)
                seen[base] += 1
                after[base] += is_given(before) or introduces(before) or before in TITLES
            before = word.text
    return seen, after


def main() -> None:
    frequencies = Frequencies()
    names = {part for name in spellings() for part in name} | listed_given()
    names |= {part.removeprefix("ال") for part in names}
    seen, after = in_names()
    for word in frequencies.bases():
        often = frequencies.alone(word) + frequencies.definite(word)
        rest = word[1:]
        one = Word(word, Span(0, len(word)))
        if (
            often < FEWEST
            or word in names
            or looks_foreign(word)
            or (word.startswith("ال") and len(word) > 4)
            or (word[0] in CLITICS and (rest in names or frequencies.alone(rest) + frequencies.definite(rest) > often))
            or word.endswith("ي")  # most of them are surnames too
            or (word.endswith("يه") and seen[word] < ENOUGH)
            or any(after[one] > IN_NAMES * seen[one] for one in (word, f"{word}ي"))
            or is_ordinary_arabic(one)
            or is_common(one)
        ):
            continue
        if frequencies.kinds(word) >= (ENOUGH if len(word) > 3 else OF_THREE_LETTERS):
            sys.stdout.write(f"{word}\n")


if __name__ == "__main__":
    main()
