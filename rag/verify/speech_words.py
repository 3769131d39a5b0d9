"""Verbs of saying and what points to a source, as data, in both languages; `rag.verify.speech` reads them."""

from __future__ import annotations

from typing import Final

ARABIC_SPEECH: Final = """
قال أكد أعلن أوضح صرح أضاف شدد أشار اعتبر ذكر كشف لفت أفاد حذر دعا انتقد أعرب عبر رأى يرى نفى اتهم توقع طالب جدد زعم
اعترف أقر كتب وصف رحب ندد أدان استنكر استغرب تابع بين نقل أبلغ أخبر تحدث اقترح تعهد وعد ادعى ناشد أبدى تساءل رد علق هدد
يقول تقول يؤكد تؤكد يعتبر تعتبر يضيف يعتقد قائلا مضيفا مؤكدا
"""
"""Third person; with ت they are feminine, with وا plural."""

ENGLISH_SPEECH: Final = """
said says say told tells stated states announced announces declared declares added adds stressed stresses explained
explains
noted notes reported reports claimed claims confirmed confirms denied denies insisted insists argued argues wrote writes
warned warns accused accuses condemned condemns praised praises welcomed expressed expresses affirmed affirms asserted
acknowledged admitted believes believed held called urged expected expects predicted revealed
"""

ACCORDING: Final = "وفق وفقا بحسب حسب according"
"""What stands before the source of a statement."""

STOPS: Final = """
ان بان انه انها بانه بانها انهم في فى خلال اثناء عقب بعد قبل امس اليوم للصحفيين حول عن الي علي ل من ضد وان مع لدي وجود
that in on at to during after before about for against as while the_fact
"""
"""What ends the words that name a speaker."""

PRONOUNS: Final = "he she it they we i who"
