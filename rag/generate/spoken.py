"""Is a sentence in the language that was asked for? Script first, then the small words of its neighbours.

Of a short sentence it may not be able to tell; then it says yes. It refuses to know where the sentence comes from.
"""

from __future__ import annotations

import re
from typing import Final

from rag.text.normalise import has_letters
from rag.types import Language

_QUOTED: Final = re.compile(r"«[^«»]*»|“[^“”]*”|\"[^\"]*\"|\([^()]*\)")
_WORD: Final = re.compile(r"\w+")
_ARABIC: Final = re.compile("[\u0620-\u06ff\u0750-\u077f\ufb50-\ufefc]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")

# Words that each of these languages can hardly do without and English and Arabic do not have.
_OTHERS: Final[dict[Language, frozenset[str]]] = {
    "en": frozenset(
        """le les des une dans avec pour qui sur est été aux du el los las una por con que del está fue para der das und
        ist nicht mit von dem ein eine zu il gli della che di è nel não uma foi bir için ile""".split()  # noqa: SIM905
    ),
    # As they are typed: in their normal form some would be Arabic words.
    "ar": frozenset("است که را از این برای های می کرد ہے کے میں کی کا نے سے اور تھا".split()),  # noqa: SIM905
}
_FEW: Final = 2


def speaks(text: str, language: Language) -> bool:
    """Whether at least half of the words are in the script of `language`, and no other language of that script shows.

    What stands in quotation marks or brackets is somebody else's, unless there is nothing else.
    """
    outside = _QUOTED.sub(" ", text)
    words = [word for word in _WORD.findall(outside if has_letters(outside) else text) if has_letters(word)]
    script = _ARABIC if language == "ar" else _LATIN
    if 2 * sum(script.match(word) is not None for word in words) < len(words):
        return False
    # In small letters only: Los Angeles is a name.
    strange = [word for word in words if word in _OTHERS[language]]
    return len(set(strange)) < _FEW or len(strange) * 6 < len(words)
