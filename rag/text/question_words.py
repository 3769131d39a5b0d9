"""The words of questions, as data: what asks, what joins, what points back and what says nothing of its own.

All in normal form (`rag.text.normalise.normalise`). It refuses to know how they make a question: `rag.retrieve.leaning`
has the rules.
"""

from __future__ import annotations

from typing import Final

from rag.text.words import Normal


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
