"""Words across the two languages: what a token of one may be in the other, each with a weight in (0, 1].

The table of frequent words (`lexicon.tsv`, drawn by `docs/lexicon.py`) has words of news by hand, names from
`rag.text.names`, and for the rest what is near to an embedding model, of which a third is wrong: good enough to rank
passages by, not to translate with or to hold a claim against. Tokens are those of `rag.text.normalise.tokens`: Arabic
ones stems, English ones whole.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from rag.text.normalise import Normal

# The words of questions, as data: what asks, what joins, what points back and what says nothing of its own.
#
# All in normal form (`rag.text.normalise.normalise`).


def _listed(words: str) -> frozenset[str]:
    return frozenset(Normal.of(words).text.split())


ASKING: Final = _listed(
    "من ما ماذا متى أين كيف لماذا لم كم هل أي أية أيهما بم بماذا بكم علام عم عما مم لمن ممن بمن عمن لأي بأي "
    "فيم who whom whose what when where why how which"
)
JOINING: Final = _listed("and but so then also")
ADDING: Final = _listed("else أيضا كذلك غيره غيرها غيرهم غيرهما المزيد")
# Asking words that say little of their own: the number, the reason, the name; said, happened.
THIN: Final = _listed(
    "عدد العدد رقم الرقم اسم الاسم تاريخ التاريخ مكان المكان سبب السبب أسباب الأسباب نتيجة النتيجة النتائج "
    "تفاصيل التفاصيل قال قالت قالوا يقول تقول قاله قالته قالها ذكر حدث يحدث جرى يجري حصل تم تمت كان كانت "
    "كانوا يكون تكون وقع وقعت شخص شخصا عام سنة يوم شهر موقف رأي السؤال الجواب المقصود number name names date "
    "place reason reasons result details say says said tell told happen happened happens take took many much "
    "long year day time people person more exactly think do done give gave mean meant"
)
FUNCTION: Final = _listed(
    "في إلى على عن مع عند لدى حول خلال بين قبل بعد أثناء ضد نحو منذ حتى دون بدون عبر ضمن تحت فوق أمام بشأن "
    "بخصوص تجاه حسب بحسب وفق بسبب رغم غير إلا مثل كما قد لقد سوف لا لن ليس ليست إن أن أنه أنها أنهم إنه إنها "
    "إنهم بأن بأنه بأنها لأن لأنه لأنها لكن هو هي هم هما هن هذا هذه هذان هذين هاتان هاتين هؤلاء ذلك تلك ذاك "
    "أولئك الذي التي الذين اللذين اللذان اللتين اللتان مما فيما بما إذ إذا لو حيث حين عندما بينما كل جميع بعض "
    "أكثر أقل ثم أو أم أما بل هنا هناك هنالك الآن فيه فيها فيهم فيهما منه منها منهم منهما عليه عليها عليهم "
    "عليهما إليه إليها إليهم إليهما له لها لهم لهما به بها بهم بهما معه معها معهم معهما عنه عنها عنهم عنهما "
    "لديه لديها لديهم بينهم بينهما بينها حوله حولها بشأنه بشأنها ضده ضدها قبله قبلها بعده بعدها خلاله خلالها "
    "أثناءه أثناءها عنده عندها حينها وقتها يومها آنذاك حينئذ حينذاك نفسه نفسها ذاته ذاتها كله كلها كلهم بعضهم "
    "جميعهم أحدهم أحدهما يا جدا فقط a an the of in on at to for from by with about into onto over under after "
    "before during between among against through since until till within without as than per is are was were "
    "be been being am do does did done has have had having can could will would shall should may might must "
    "not no nor or if whether because while though although it its he him his she her hers they them their "
    "theirs this that these those there here then i you we us our your my me one any some all each every both "
    "either neither such just only even still again too very please according regarding concerning s"
)

POINTING: Final = _listed("ذلك تلك ذاك أولئك هذا هذه هذان هذين هاتان هاتين هؤلاء")
POINTING_TIME: Final = _listed("حينها وقتها يومها آنذاك حينئذ حينذاك هنالك")
PRONOUNS: Final = _listed(
    "هو هي هم هما هن أنه أنها أنهم إنه إنها إنهم بأنه بأنها لأنه لأنها فيه فيها فيهم فيهما منه منها منهم "
    "منهما عليه عليها عليهم عليهما إليه إليها إليهم إليهما له لها لهم لهما به بها بهم بهما معه معها معهم "
    "معهما عنه عنها عنهم عنهما لديه لديها لديهم بينهم بينهما بينها حوله حولها بشأنه بشأنها ضده ضدها قبله "
    "قبلها بعده بعدها خلاله خلالها أثناءه أثناءها عنده عندها بعضهم كلهم كله كلها جميعهم أحدهم أحدهما he she "
    "they his her their"
)
RELATIVE: Final = _listed("الذي التي الذين اللذين اللذان اللتين اللتان ما")
THAT_CLAUSE: Final = _listed("أن إن بأن لأن")
THIS_TIME: Final = _listed(
    "العام السنة الشهر الأسبوع اليوم الصيف الشتاء القرن year month week morning century summer winter"
)
BEFORE_THAT: Final = _listed(
    "about of to for with after before was is were did does do from by in on at than why when since like and has had"
)
EXPLETIVE: Final = _listed("true possible likely necessary clear correct known said that like take mean the a not")
BE: Final = _listed("is are was were be been هل ليس كان كانت")
COPULAR: Final = _listed("هو هي هم هما the a an")
# After an object: Who said that in Moscow?
AFTER_OBJECT: Final = _listed("in on at to for from by with about during after before and")
# What may follow a demonstrative that points at nothing said before.
DEMONSTRATIVES: Final = {
    "this": THIS_TIME,
    "these": THIS_TIME,
    "those": _listed("who that whose which"),
}
# Ordinary words that end as if a pronoun hung on them.
NO_PRONOUN: Final = _listed(
    "أهم المهم مهم تفاهم التفاهم وجه اتجاه مياه المياه تجاه الله شبه أسهم الأسهم دراهم فقه كلاهما كلتاهما"
)
ENGLISH_DAYS: Final = _listed("monday tuesday wednesday thursday friday saturday sunday")


FILE: Final = Path(__file__).with_name("lexicon.tsv")
FURTHEST: Final = -0.03
_SURE: Final = 0.02
_FALL: Final = 0.04
"""Nearness at which a word is nothing of another's, and at which it is certain to have its best; a weight loses a
factor e with each step of the third below the best."""
_LEAST: Final = 0.1
_SHORTEST: Final = 3


def across(tokens: Iterable[str]) -> dict[str, Mapping[str, float]]:
    """Each token that tells something, with what it may be in the other language; nothing where the table has nothing.

    A number is itself. Function words and tokens of one or two letters tell nothing.
    """
    table = _table()
    found: dict[str, Mapping[str, float]] = {}
    for token in tokens:
        known = table.get(token, {})
        if token.isdigit():
            found[token] = {token: 1.0}
        elif len(token) >= _SHORTEST and (known or token not in table):
            found[token] = known
    return found


@cache
def _table() -> dict[str, dict[str, float]]:
    """Both directions of the file; a function word has nothing.

    A line has an English token or a function word, then Arabic stems, each with its nearness in thousandths.
    """
    table: dict[str, dict[str, float]] = defaultdict(dict)
    function: set[str] = set()
    with FILE.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            word, *pairs = line.rstrip("\n").split("\t")
            if not pairs:
                function.add(word)
            for stem, near in (pair.split(" ") for pair in pairs):
                table[word][stem] = table[stem][word] = int(near) / 1000
    return {word: _weights(near) for word, near in table.items()} | {word: {} for word in function}


def _weights(near: Mapping[str, float]) -> dict[str, float]:
    best = max(near.values(), default=FURTHEST)
    certain = min(1.0, (best - FURTHEST) / (_SURE - FURTHEST))
    weights = {word: certain * math.exp((value - best) / _FALL) for word, value in near.items()}
    return {word: weight for word, weight in weights.items() if weight >= _LEAST}
