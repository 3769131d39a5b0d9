"""Strings of the interface in Arabic and English, plural forms, and messages for errors.

Text that is part of an answer is in `rag.text.messages`, because it belongs to the answer in every interface.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from babel import Locale

from rag.errors import (
    CatalogError,
    CorpusBusy,
    IndexUnusable,
    IsnadError,
    LLMError,
    ModelError,
    SourceChanged,
    SourceGone,
)
from rag.types import Language
from ui.shared.history import HistoryUnusable
from ui.shared.saved import SavedUnusable

LANGUAGES: Final[tuple[Language, ...]] = ("en", "ar")

WORDS: Final[dict[str, dict[Language, str]]] = {
    "welcome": {
        "en": "## Ask your archive\n\nEvery citation is a slice of a file in it.",
        "ar": "## اسأل أرشيفك\n\nكل استشهاد مقتطع من ملف فيه، حرفًا بحرف.",
    },
    "other_language": {"en": "العربية", "ar": "English"},
    "theme": {"en": "Light or dark", "ar": "فاتح أو داكن"},
    "menu": {"en": "Conversations and archive", "ar": "المحادثات والأرشيف"},
    "log_out": {"en": "Log out", "ar": "تسجيل الخروج"},
    "conversation": {"en": "Conversation", "ar": "المحادثة"},
    "question": {"en": "Your question", "ar": "سؤالك"},
    "placeholder": {"en": "Ask in Arabic or English…", "ar": "اسأل بالعربية أو الإنكليزية…"},
    "send": {"en": "Ask", "ar": "اسأل"},
    "stop": {"en": "Stop", "ar": "أوقف"},
    "ask_next": {"en": "Ask next", "ar": "اسأل أيضًا"},
    "again": {"en": "Ask the last question again", "ar": "أعد السؤال الأخير"},
    # A text of one's own, checked
    "tab_ask": {"en": "Ask", "ar": "السؤال"},
    "tab_check": {"en": "Check a text", "ar": "تدقيق نص"},
    "check.text": {"en": "The text to check", "ar": "النص المطلوب تدقيقه"},
    "check.placeholder": {
        "en": "A draft or another system’s answer, in Arabic or English. Each sentence is checked against the archive.",
        "ar": "مسودة، أو جواب نظام آخر، بالعربية أو الإنكليزية. تُقارَن كل جملة بالأرشيف.",
    },
    "check.go": {"en": "Check", "ar": "دقّق"},
    "checking": {"en": "Checking each sentence against the archive…", "ar": "تجري مقارنة كل جملة بالأرشيف…"},
    "verdict.supported": {"en": "✓ Supported", "ar": "✓ مُسنَدة"},
    "verdict.unsupported": {"en": "✗ Not supported", "ar": "✗ غير مُسنَدة"},
    "verdict.question": {"en": "– Not checked", "ar": "– لم تُدقَّق"},
    "check.why": {"en": "Why", "ar": "السبب"},
    "check.nearest": {"en": "The nearest in the archive", "ar": "الأقرب في الأرشيف"},
    "check.summary": {"en": "Sentences supported: {n} of {all}", "ar": "الجمل المُسنَدة: {n} من {all}"},
    "check.questions": {"en": "questions, not checked: {n}", "ar": "أسئلة لم تُدقَّق: {n}"},
    "check.stopped": {
        "en": "Stopped before the end: the rest of the text was not checked.",
        "ar": "أُوقف التدقيق قبل نهايته: لم يُدقَّق باقي النص.",
    },
    # Below a short answer in English that was made from Arabic words
    "rendered": {"en": "Written in Latin script by machine.", "ar": "كُتب بالحروف اللاتينية آليًّا."},
    # Between the members of a list
    "list": {"en": ", ", "ar": "، "},
    # What is happening
    "loading": {"en": "The models are being loaded…", "ar": "يجري تحميل النماذج…"},
    "searching": {"en": "Searching the archive…", "ar": "يجري البحث في الأرشيف…"},
    "reading": {
        "en": "Answering, each sentence after its checks ({generator})…",
        "ar": "يجري إعداد الجواب، كل جملة بعد التحقق منها ({generator})…",
    },
    "busy": {
        "en": "Your last question is still being answered: wait, or stop it.",
        "ar": "ما زال سؤالك السابق قيد الإجابة: انتظر أو أوقفه.",
    },
    "interrupted": {
        "en": "It was interrupted before its answer was complete. Ask it again.",
        "ar": "انقطع قبل اكتمال جوابه. أعد طرحه.",
    },
    # Above an answer
    "answered_from": {"en": "Answered from {passages} of {articles}", "ar": "أُجيب من {passages} في {articles}"},
    "partial": {"en": "In part", "ar": "جزئيًا"},
    "unclear": {"en": "No clear answer: the nearest text found", "ar": "لا جواب واضحًا: أقرب ما وُجد"},
    "not_in_corpus": {"en": "Not in the archive", "ar": "ليس في الأرشيف"},
    "cut": {"en": "Cut off before the end", "ar": "انقطع قبل اكتماله"},
    "generator.extractive": {"en": "word for word from the files", "ar": "بنصها الحرفي من الملفات"},
    "generator.reader": {"en": "word for word from the files", "ar": "بنصها الحرفي من الملفات"},
    "generator.writer": {"en": "written by {model}, checked", "ar": "كتبه {model} وجرى التحقق منه"},
    "searched_for": {"en": "Searched as", "ar": "بُحث عنه هكذا"},
    "understood.outlet": {"en": "Outlet", "ar": "الوسيلة"},
    "understood.from": {"en": "From", "ar": "من يوم"},
    "understood.to": {"en": "Up to", "ar": "إلى يوم"},
    "understood.file": {"en": "File", "ar": "الملف"},
    "understood.language": {"en": "Language of the article", "ar": "لغة المقالة"},
    "understood.name": {"en": "Names", "ar": "يذكر"},
    "understood.phrase": {"en": "Word for word", "ar": "بلفظه"},
    "understood.without": {"en": "Without", "ar": "من دون"},
    "passages.zero": {"en": "no passages", "ar": "لا مقاطع"},
    "passages.one": {"en": "1 passage", "ar": "مقطع واحد"},
    "passages.two": {"en": "2 passages", "ar": "مقطعين"},
    "passages.few": {"en": "{n} passages", "ar": "{n} مقاطع"},
    "passages.many": {"en": "{n} passages", "ar": "{n} مقطعًا"},
    "passages.other": {"en": "{n} passages", "ar": "{n} مقطع"},
    "articles.zero": {"en": "no articles", "ar": "لا مقالات"},
    "articles.one": {"en": "1 article", "ar": "مقالة واحدة"},
    "articles.two": {"en": "2 articles", "ar": "مقالتين"},
    "articles.few": {"en": "{n} articles", "ar": "{n} مقالات"},
    "articles.many": {"en": "{n} articles", "ar": "{n} مقالة"},
    "articles.other": {"en": "{n} articles", "ar": "{n} مقالة"},
    "copies.zero": {"en": "no copies", "ar": "لا نسخ"},
    "copies.one": {"en": "1 copy", "ar": "نسخة واحدة"},
    "copies.two": {"en": "2 copies", "ar": "نسختان"},
    "copies.few": {"en": "{n} copies", "ar": "{n} نسخ"},
    "copies.many": {"en": "{n} copies", "ar": "{n} نسخة"},
    "copies.other": {"en": "{n} copies", "ar": "{n} نسخة"},
    "independent.zero": {"en": "no independent source", "ar": "لا مصدر مستقلًا"},
    "independent.one": {"en": "1 independent source", "ar": "مصدر مستقل واحد"},
    "independent.two": {"en": "2 independent sources", "ar": "مصدران مستقلان"},
    "independent.few": {"en": "{n} independent sources", "ar": "{n} مصادر مستقلة"},
    "independent.many": {"en": "{n} independent sources", "ar": "{n} مصدرًا مستقلًا"},
    "independent.other": {"en": "{n} independent sources", "ar": "{n} مصدر مستقل"},
    "sure.one": {"en": "One source", "ar": "مصدر واحد"},
    "sure.agree": {"en": "{sources} agree", "ar": "تتفق المصادر ({sources})"},
    "sure.differ": {"en": "Sources differ", "ar": "المصادر تختلف"},
    "more_passages.zero": {"en": "no more passages", "ar": "لا مقاطع أخرى"},
    "more_passages.one": {"en": "1 more passage", "ar": "مقطع آخر"},
    "more_passages.two": {"en": "2 more passages", "ar": "مقطعان آخران"},
    "more_passages.few": {"en": "{n} more passages", "ar": "{n} مقاطع أخرى"},
    "more_passages.many": {"en": "{n} more passages", "ar": "{n} مقطعًا آخر"},
    "more_passages.other": {"en": "{n} more passages", "ar": "{n} مقطع آخر"},
    "holds.articles": {"en": "Articles", "ar": "المقالات"},
    "holds.in": {"en": "in {passages}", "ar": "في {passages}"},
    "holds.days": {"en": "Days of publication", "ar": "أيام النشر"},
    "holds.undated": {
        "en": "No article states its day, and none is guessed.",
        "ar": "لا تذكر أي مقالة يوم نشرها، ولا يُخمَّن.",
    },
    "evidence_n": {"en": "Evidence found: {passages}", "ar": "الأدلة التي وُجدت: {passages}"},
    # Views: a question by date, by outlet, and a sheet of questions
    "view.answer": {"en": "Answer", "ar": "الجواب"},
    "view.timeline": {"en": "Timeline", "ar": "الخط الزمني"},
    "view.compare": {"en": "By outlet", "ar": "بين الوسائل"},
    "asking_n": {"en": "Asking the archive: {n} of {all}…", "ar": "يُسأل الأرشيف: {n} من {all}…"},
    "sentences.zero": {"en": "no sentences", "ar": "لا جمل"},
    "sentences.one": {"en": "1 sentence", "ar": "جملة واحدة"},
    "sentences.two": {"en": "2 sentences", "ar": "جملتان"},
    "sentences.few": {"en": "{n} sentences", "ar": "{n} جمل"},
    "sentences.many": {"en": "{n} sentences", "ar": "{n} جملة"},
    "sentences.other": {"en": "{n} sentences", "ar": "{n} جملة"},
    "timeline.found": {"en": "{sentences} in {articles}", "ar": "{sentences} في {articles}"},
    "timeline.all": {"en": "Show all dates", "ar": "أظهر كل التواريخ"},
    "timeline.text": {"en": "in the sentence", "ar": "بحسب الجملة"},
    "timeline.published": {"en": "published", "ar": "يوم النشر"},
    "timeline.undated": {"en": "No date stated", "ar": "بلا تاريخ مذكور"},
    "timeline.nothing": {
        "en": "Nothing in the archive is relevant to this question. {n} passages were searched.",
        "ar": "لا شيء في الأرشيف يخص هذا السؤال. بُحث في {n} من المقاطع.",
    },
    "timeline.coarser": {"en": "{n} less precise", "ar": "{n} أقل دقة"},
    "compare.agrees": {"en": "they agree", "ar": "متفقة"},
    "compare.differs": {"en": "they differ", "ar": "مختلفة"},
    "compare.agree.zero": {"en": "no agreement", "ar": "لا اتفاق"},
    "compare.agree.one": {"en": "they agree on 1 point", "ar": "تتفق في نقطة واحدة"},
    "compare.agree.two": {"en": "they agree on 2 points", "ar": "تتفق في نقطتين"},
    "compare.agree.few": {"en": "they agree on {n} points", "ar": "تتفق في {n} نقاط"},
    "compare.agree.many": {"en": "they agree on {n} points", "ar": "تتفق في {n} نقطة"},
    "compare.agree.other": {"en": "they agree on {n} points", "ar": "تتفق في {n} نقطة"},
    "compare.differ.zero": {"en": "no difference", "ar": "لا اختلاف"},
    "compare.differ.one": {"en": "they differ on 1 point", "ar": "تختلف في نقطة واحدة"},
    "compare.differ.two": {"en": "they differ on 2 points", "ar": "تختلف في نقطتين"},
    "compare.differ.few": {"en": "they differ on {n} points", "ar": "تختلف في {n} نقاط"},
    "compare.differ.many": {"en": "they differ on {n} points", "ar": "تختلف في {n} نقطة"},
    "compare.differ.other": {"en": "they differ on {n} points", "ar": "تختلف في {n} نقطة"},
    "compare.neither.zero": {"en": "nothing left uncompared", "ar": "لا شيء دون مقارنة"},
    "compare.neither.one": {"en": "1 point cannot be compared", "ar": "نقطة واحدة لا تمكن مقارنتها"},
    "compare.neither.two": {"en": "2 points cannot be compared", "ar": "نقطتان لا تمكن مقارنتهما"},
    "compare.neither.few": {"en": "{n} points cannot be compared", "ar": "{n} نقاط لا تمكن مقارنتها"},
    "compare.neither.many": {"en": "{n} points cannot be compared", "ar": "{n} نقطة لا تمكن مقارنتها"},
    "compare.neither.other": {"en": "{n} points cannot be compared", "ar": "{n} نقطة لا تمكن مقارنتها"},
    "compare.unclear": {"en": "nearest, not a clear answer", "ar": "الأقرب، وليس جوابًا واضحًا"},
    "compare.cell_nothing": {"en": "nothing found", "ar": "لم يوجد شيء"},
    "compare.nothing": {"en": "No outlet’s articles answer this.", "ar": "لا تجيب مقالات أي وسيلة عن هذا السؤال."},
    "compare.left_out": {"en": "not asked", "ar": "لم تُسأل"},
    "compare.unnamed": {"en": "Articles that state no outlet: {n}", "ar": "مقالات لا تذكر وسيلتها: {n}"},
    "compare.add": {"en": "Add a question as a row", "ar": "أضف سؤالًا في صف جديد"},
    "compare.add_go": {"en": "Add", "ar": "أضف"},
    "tab_batch": {"en": "A sheet of questions", "ar": "جدول أسئلة"},
    "batch.file": {
        "en": "A CSV or XLSX file: the column “question”, else the first column, is asked row by row",
        "ar": "ملف CSV أو XLSX: يُسأل عمود «سؤال»، وإلا فالعمود الأول، صفًا صفًا",
    },
    "batch.answered": {"en": "answered", "ar": "لها جواب"},
    "batch.unclear": {"en": "no clear answer", "ar": "لا جواب واضحًا"},
    "batch.not_in_archive": {"en": "not in the archive", "ar": "ليست في الأرشيف"},
    "batch.error": {"en": "not asked", "ar": "لم تُسأل"},
    "batch.left": {
        "en": "left when it was stopped: {n} (send the same sheet again to go on)",
        "ar": "بقي حين أُوقف: {n} (أرسل الجدول نفسه من جديد للمتابعة)",
    },
    "batch.stopped": {"en": "Not asked: it was stopped before.", "ar": "لم يُسأل: أُوقف قبله."},
    "batch.download": {"en": "The whole sheet", "ar": "الجدول كاملًا"},
    "error_batch": {"en": "This sheet could not be answered.", "ar": "تعذّرت الإجابة عن هذا الجدول."},
    "names": {"en": "Who and where", "ar": "من وأين"},
    "names.person": {"en": "Persons", "ar": "أشخاص"},
    "names.organisation": {"en": "Organisations", "ar": "منظمات"},
    "names.place": {"en": "Places", "ar": "أماكن"},
    "names.none": {"en": "No names were found in the archive.", "ar": "لم توجد أسماء في الأرشيف."},
    "saved": {"en": "Saved questions", "ar": "أسئلة محفوظة"},
    "saved.save": {"en": "Save", "ar": "احفظ"},
    "saved.none": {
        "en": "None yet. A saved question is asked again whenever the archive changes.",
        "ar": "لا أسئلة بعد. يُعاد طرح السؤال المحفوظ كلما تغيّر الأرشيف.",
    },
    "saved.new": {"en": "new: {n}", "ar": "جديد: {n}"},
    "saved.is_new": {"en": "New", "ar": "جديد"},
    "saved.looked": {"en": "last looked at {day}", "ar": "آخر اطلاع {day}"},
    "saved.empty": {"en": "The archive has nothing on this yet.", "ar": "لا شيء عن هذا في الأرشيف بعد."},
    "saved.failed": {"en": "It could not be asked again.", "ar": "تعذّر طرحه من جديد."},
    "saved.sure": {"en": "Delete this saved question?", "ar": "هل تريد حذف هذا السؤال المحفوظ؟"},
    "saved.feed": {"en": "Feed of what is new (Atom)", "ar": "خلاصة الجديد (Atom)"},
    "error_saved": {"en": "The saved questions cannot be used.", "ar": "تعذّر استعمال الأسئلة المحفوظة."},
    # A reader's word on an answer
    "report": {"en": "Wrong or unsupported?", "ar": "خطأ أو بلا سند؟"},
    "report.right": {"en": "It is right", "ar": "الجواب صحيح"},
    "report.unsupported": {"en": "The quote does not say this", "ar": "الاقتباس لا يقول هذا"},
    "report.missing": {"en": "The archive does not answer this", "ar": "لا جواب عنه في الأرشيف"},
    "report.wrong": {"en": "It is wrong; the right answer is…", "ar": "الجواب خطأ، والصواب…"},
    "report.answer": {"en": "The right answer, if you know it", "ar": "الجواب الصحيح إن كنت تعرفه"},
    "report.send": {"en": "Send", "ar": "أرسل"},
    "report.kept": {
        "en": "Thank you: it is in the archive’s own question set now.",
        "ar": "شكرًا: صار في مجموعة أسئلة الأرشيف.",
    },
    "report.gone": {"en": "This answer is no longer kept.", "ar": "لم يعد هذا الجواب محفوظًا."},
    "report.failed": {"en": "It could not be saved.", "ar": "تعذّر حفظه."},
    # Inside an answer
    "evidence": {"en": "Evidence found", "ar": "الأدلة التي وُجدت"},
    "nearest": {
        "en": "The nearest passages. They do not answer the question.",
        "ar": "أقرب المقاطع، لكنها لا تجيب عن السؤال.",
    },
    "open_source": {"en": "Open the source", "ar": "افتح المصدر"},
    "source_n": {"en": "Source {n}", "ar": "المصدر {n}"},
    "sources": {"en": "Sources", "ar": "المصادر"},
    "also_in": {"en": "Also in", "ar": "ورد أيضًا في"},
    "one_story": {"en": "{copies}, one source", "ar": "{copies}، مصدر واحد"},
    "elsewhere": {"en": "more with the same story", "ar": "غيرها فيها الخبر نفسه"},
    "other_words": {"en": "The same story in other words", "ar": "الخبر نفسه بكلمات أخرى"},
    "unsupported": {"en": "Not supported", "ar": "غير مُسنَد"},
    "removed": {"en": "Removed from the model’s reply", "ar": "حُذف من ردّ النموذج"},
    "stands_in": {
        "en": "Verbatim from the source; replaces a sentence that the source does not support",
        "ar": "من المصدر حرفيًا، مكان جملة لا يسندها",
    },
    "rejected": {"en": "The model cited a number that does not exist: {n}", "ar": "ذكر النموذج رقمًا لا وجود له: {n}"},
    "translation": {"en": "Machine translation, not the source", "ar": "ترجمة آلية، ليست نص المصدر"},
    "translate": {"en": "Translate", "ar": "ترجم"},
    "file_changed": {
        "en": "The file has changed since this answer, so its quotes are no longer marked.",
        "ar": "تغيّر الملف منذ هذا الجواب، لذلك لم تعد اقتباساته مظلَّلة.",
    },
    "undated": {"en": "no date", "ar": "دون تاريخ"},
    # The panel of a source
    "source": {"en": "Source", "ar": "المصدر"},
    "close": {"en": "Close", "ar": "أغلق"},
    "previous": {"en": "Previous citation", "ar": "الاستشهاد السابق"},
    "next": {"en": "Next citation", "ar": "الاستشهاد التالي"},
    "source_place": {"en": "Source {n} of {all}", "ar": "المصدر {n} من {all}"},
    "matches": {"en": "Matches the file, character by character", "ar": "مطابق للملف حرفًا بحرف"},
    "copy": {"en": "Copy with reference", "ar": "انسخ مع المرجع"},
    "copied": {"en": "Copied", "ar": "نُسخ"},
    "not_copied": {"en": "The browser does not allow copying", "ar": "المتصفح لا يسمح بالنسخ"},
    "download": {"en": "Download the original file", "ar": "نزّل الملف الأصلي"},
    "field.outlet": {"en": "Outlet", "ar": "الوسيلة"},
    "field.published": {"en": "Published", "ar": "تاريخ النشر"},
    "field.file": {"en": "File", "ar": "الملف"},
    "field.author": {"en": "Author", "ar": "الكاتب"},
    "field.section": {"en": "Section", "ar": "القسم"},
    "field.member": {"en": "In the file", "ar": "في الملف"},
    "field.page": {"en": "Page", "ar": "الصفحة"},
    "field.span": {"en": "Characters", "ar": "الأحرف"},
    "field.span_of": {"en": "{span} of {all}", "ar": "\u200f{span} من {all}"},
    "panel_changed": {
        "en": "This file has changed since the answer was given. Its current text, with nothing marked:",
        "ar": "تغيّر هذا الملف منذ إعطاء الجواب. هذا نصه الآن، دون تعليم:",
    },
    "panel_changed_since": {
        "en": "This file has changed since it was indexed. Its text as it was indexed, with nothing marked:",
        "ar": "تغيّر هذا الملف منذ فهرسته. هذا نصه كما فُهرس، دون تعليم:",
    },
    "panel_failed": {"en": "The source could not be opened.", "ar": "تعذّر فتح المصدر."},
    # Conversations
    "conversations": {"en": "Conversations", "ar": "المحادثات"},
    "new": {"en": "New conversation", "ar": "محادثة جديدة"},
    "no_conversations": {"en": "None yet.", "ar": "لا محادثات بعد."},
    "delete": {"en": "Delete", "ar": "احذف"},
    "delete_all": {"en": "Delete all", "ar": "احذف الكل"},
    "sure_one": {"en": "Delete this conversation?", "ar": "هل تريد حذف هذه المحادثة؟"},
    "sure_all": {"en": "Delete all conversations of this browser?", "ar": "هل تريد حذف كل محادثات هذا المتصفح؟"},
    "export": {"en": "Export", "ar": "تصدير"},
    "export_markdown": {"en": "Markdown", "ar": "Markdown"},
    "export_html": {"en": "HTML", "ar": "HTML"},
    "not_kept": {
        "en": "This answer is not saved: the conversations cannot be read or written now.",
        "ar": "لم يُحفظ هذا الجواب: تتعذر الآن قراءة المحادثات أو كتابتها.",
    },
    "no_cookies": {
        "en": "This answer is not saved: the browser does not accept cookies.",
        "ar": "لم يُحفظ هذا الجواب: المتصفح لا يقبل ملفات تعريف الارتباط.",
    },
    "history_failed": {
        "en": "The conversations cannot be read or written.",
        "ar": "تتعذر قراءة المحادثات أو كتابتها.",
    },
    # In place of a file to download
    "download.no_format": {"en": "There is no such format.", "ar": "لا تنزيل بهذه الصيغة."},
    "download.no_table": {
        "en": "This table is no longer kept. Make it again.",
        "ar": "لم يعد هذا الجدول محفوظًا. أنشئه من جديد.",
    },
    "download.no_conversation": {
        "en": "There is no such conversation, or nothing in it.",
        "ar": "لا محادثة هنا، أو لا شيء فيها.",
    },
    "download.file_changed": {
        "en": "The file has changed since this version was indexed.",
        "ar": "تغيّر الملف منذ فهرسة هذه النسخة.",
    },
    "download.file_gone": {"en": "The file is no longer where it was.", "ar": "لم يعد الملف في مكانه."},
    "download.archive_failed": {"en": "The archive cannot be read now.", "ar": "تتعذر قراءة الأرشيف الآن."},
    # Filters and the archive
    "filters": {"en": "Limit the search", "ar": "تضييق البحث"},
    "outlet": {"en": "Outlet", "ar": "الوسيلة"},
    "any": {"en": "All", "ar": "الكل"},
    "all_outlets": {"en": "All outlets", "ar": "كل الوسائل"},
    "all_days": {"en": "All days", "ar": "كل الأيام"},
    "article_language": {"en": "Language of the articles", "ar": "لغة المقالات"},
    "lift": {"en": "Lift this limit", "ar": "أزل هذا القيد"},
    "from": {"en": "From (YYYY-MM-DD)", "ar": "من (YYYY-MM-DD)"},
    "to": {"en": "To (YYYY-MM-DD)", "ar": "إلى (YYYY-MM-DD)"},
    "archive": {"en": "The archive", "ar": "الأرشيف"},
    "archive_size": {
        "en": "Articles: {articles} · passages: {passages}",
        "ar": "المقالات: {articles} · المقاطع: {passages}",
    },
    "archive_dates": {"en": "From {first} to {last}", "ar": "من {first} إلى {last}"},
    "archive_undated": {"en": "Without a date: {articles}", "ar": "دون تاريخ: {articles}"},
    "archive_outlets": {"en": "Outlets", "ar": "الوسائل"},
    "no_outlet": {"en": "not stated", "ar": "غير مذكورة"},
    "archive_quarantine": {"en": "In quarantine", "ar": "في الحجر"},
    # Why a file is in quarantine. The English text must equal the reason that the catalog stores.
    "quarantine.empty": {"en": "it is empty", "ar": "فارغ: املأه أو احذفه"},
    "quarantine.empty_file": {"en": "the file is empty", "ar": "فارغ: املأه أو احذفه"},
    "quarantine.binary": {"en": "the file is binary, not text", "ar": "ليس نصًا: حوّله إلى نص بترميز UTF-8"},
    "quarantine.encoding": {
        "en": "the encoding cannot be told with confidence",
        "ar": "تعذّر تحديد ترميزه بثقة: حوّله إلى UTF-8",
    },
    "quarantine.letters": {"en": "there are no letters in the file", "ar": "لا حروف فيه: احذفه"},
    "quarantine.lost": {
        "en": "its letters were lost before it came here (U+FFFD)",
        "ar": "ضاعت حروفه قبل وصوله (U+FFFD): احفظه ثانية من مصدره",
    },
    "quarantine.twice": {"en": "its text was encoded twice", "ar": "رُمِّز نصه مرتين: احفظه ثانية من مصدره"},
    "quarantine.none": {"en": "it holds no article", "ar": "لا مقالة فيه: احذفه أو املأه"},
    "quarantine.no_list": {
        "en": "it holds no list of articles",
        "ar": "ليس فيه قائمة مقالات: اكتب قائمة كائنات، لكل مقالة كائن",
    },
    "quarantine.pdf_latin": {
        "en": "the Arabic letters of the PDF are written as Latin ones",
        "ar": "حروفه العربية مكتوبة بحروف لاتينية: احفظه ثانية من مصدره، أو استخرج نصه بالتعرف الضوئي",
    },
    "quarantine.pdf_pictures": {
        "en": "the PDF has no text layer: its pages are pictures",
        "ar": "صفحاته صور بلا نص: استخرج نصه بالتعرف الضوئي أولا",
    },
    "quarantine.pdf_encrypted": {"en": "the PDF is encrypted", "ar": "مشفّر: احفظه بلا كلمة مرور"},
    "quarantine.docx_entities": {
        "en": "the document declares entities, which Word never does",
        "ar": "فيه ما لا يكتبه Word أبدا: احفظه ثانية من Word",
    },
    "quarantine.docx_xml": {
        "en": "the document is broken: a part of it is no XML",
        "ar": "تالف: جزء منه ليس XML؛ احفظه ثانية من Word",
    },
    "quarantine.docx_zip": {
        "en": "the document is broken: it cannot be unpacked",
        "ar": "تالف: لا يمكن فكّه؛ احفظه ثانية من Word",
    },
    "quarantine.docx_old": {
        "en": "the document is encrypted, or an old .doc",
        "ar": "مشفّر، أو بصيغة \u200e.doc القديمة: احفظه ثانية بصيغة \u200e.docx بلا كلمة مرور",
    },
    "quarantine.html_deep": {
        "en": "the elements of the page are nested too deep",
        "ar": "عناصر الصفحة متداخلة أعمق مما ينبغي: احفظ نصها",
    },
    "quarantine.docx_deep": {
        "en": "the elements of the document are nested too deep",
        "ar": "عناصر المستند متداخلة أعمق مما ينبغي: احفظ نصه",
    },
    "quarantine.own_deep": {
        "en": "it is nested too deeply",
        "ar": "متداخل أعمق مما ينبغي: قسّمه",
    },
    "quarantine.pdf_none": {
        "en": "the file is called .pdf and is none",
        "ar": "امتداده \u200e.pdf لكنه ليس ملف PDF: احفظه ثانية من مصدره",
    },
    "quarantine.html_programs": {
        "en": "the page shows no text: it is made by programs, or empty",
        "ar": "لا نص في الصفحة: ينشئها JavaScript أو هي فارغة؛ احفظها من المتصفح كما تظهر",
    },
    "quarantine.docx_none": {
        "en": "there is no Word document in the file",
        "ar": "ليس فيه مستند Word: احفظه ثانية بصيغة \u200e.docx",
    },
    "quarantine.html_none": {"en": "there is no page in the file", "ar": "ليس فيه صفحة: احفظها ثانية من المتصفح"},
    "quarantine.docx_empty": {"en": "there is no text in the document", "ar": "لا نص في المستند: املأه أو احذفه"},
    "quarantine.nothing": {"en": "it holds no text to search", "ar": "لا نص فيه للبحث: املأه أو احذفه"},
    "no_quarantine": {"en": "Nothing is in quarantine.", "ar": "لا شيء في الحجر."},
    "more": {"en": "and {n} more", "ar": "و{n} غيرها"},
    "upload": {"en": "Add files", "ar": "إضافة ملفات"},
    "upload_failed": {"en": "The files could not be added.", "ar": "تعذّرت إضافة الملفات."},
    "report.added": {"en": "Articles added: {n}", "ar": "المقالات المضافة: {n}"},
    "report.changed": {"en": "changed: {n}", "ar": "المتغيّرة: {n}"},
    "report.deleted": {"en": "deleted: {n}", "ar": "المحذوفة: {n}"},
    "report.quarantined": {"en": "in quarantine: {n}", "ar": "في الحجر: {n}"},
    "progress.read": {"en": "Reading", "ar": "القراءة"},
    "progress.embed": {"en": "Embedding", "ar": "حساب المتجهات"},
    "progress.build": {"en": "Building the index", "ar": "بناء الفهرس"},
    # An exported conversation
    "export.note": {
        "en": "Exported from Isnad, {at}. Each quote is a slice of the file named with it. isnad verify checks this "
        "file against the archive.",
        "ar": "صُدّر من إسناد، {at}. كل اقتباس مقتطع من الملف المذكور معه حرفًا بحرف. يتحقق الأمر isnad verify من هذا "
        "الملف بمقارنته بالأرشيف.",
    },
    "export.untitled": {"en": "Conversation", "ar": "محادثة"},
    "export.asked": {"en": "Asked {at}", "ar": "سُئل {at}"},
    "export.made": {
        "en": "Answered by {generator} from index snapshot {generation}",
        "ar": "أجاب {generator} من جيل الفهرس {generation}",
    },
    "export.failed": {"en": "This question was not answered", "ar": "لم يُجب عن هذا السؤال"},
    "export.notices": {"en": "Notices", "ar": "تنبيهات"},
    "export.rejected": {"en": "Rejected citation numbers", "ar": "أرقام استشهاد مرفوضة"},
    "export.translation": {
        "en": "Machine translation ({into}), not the source",
        "ar": "ترجمة آلية ({into})، ليست نص المصدر",
    },
    "export.language.ar": {"en": "Arabic", "ar": "العربية"},
    "export.language.en": {"en": "English", "ar": "الإنكليزية"},
    "export.data": {
        "en": "The same data for programs, with every hash",
        "ar": "المحتوى نفسه للبرامج، مع كل بصمة",
    },
    # Errors
    "error": {"en": "This question could not be answered.", "ar": "تعذّرت الإجابة عن هذا السؤال."},
    "error_input": {"en": "This question cannot be asked.", "ar": "لا يمكن طرح هذا السؤال."},
    "error_check": {"en": "This text could not be checked.", "ar": "تعذّر تدقيق هذا النص."},
    "error_startup": {"en": "Isnad could not start.", "ar": "تعذّر تشغيل إسناد."},
    "crowded": {
        "en": "Too many questions are waiting now. Yours was not accepted: ask again in a moment.",
        "ar": "أسئلة كثيرة تنتظر الآن، فلم يُقبل سؤالك: أعد طرحه بعد لحظات.",
    },
    # Messages for errors by `kind`; the key with .do says what to do
    "fault.question_empty": {"en": "It contains no words.", "ar": "لا كلمات فيه."},
    "fault.question_empty.do": {"en": "Enter at least one word.", "ar": "اكتب كلمة واحدة على الأقل."},
    "fault.question_long": {
        "en": "It has {length} characters; the limit is {limit}.",
        "ar": "عدد أحرفه {length}، والحد الأقصى {limit}.",
    },
    "fault.question_long.do": {"en": "Shorten it.", "ar": "اختصره."},
    "fault.text_empty": {"en": "It contains no sentences.", "ar": "ليس فيه جملة."},
    "fault.text_empty.do": {"en": "Enter at least one sentence.", "ar": "اكتب جملة واحدة على الأقل."},
    "fault.text_long": {
        "en": "It has {length} characters; the limit is {limit}.",
        "ar": "عدد أحرفه {length}، والحد الأقصى {limit}.",
    },
    "fault.text_long.do": {"en": "Check it in parts.", "ar": "دقّقه على أجزاء."},
    "fault.not_text": {"en": "It is not valid text.", "ar": "ليس نصًا يمكن قراءته."},
    "fault.not_text.do": {"en": "Type it again.", "ar": "اكتبه من جديد."},
    # Left-to-right marks around a date keep its digits in order in an Arabic line.
    "fault.no_day": {"en": "“{day}” is not a date.", "ar": "ليس تاريخًا: «\u200e{day}\u200e»"},
    "fault.no_day.do": {"en": "Write it as 2016-02-08.", "ar": "اكتب التاريخ هكذا: \u200e2016-02-08"},
    "fault.outlet_column": {"en": "Each column is an outlet already.", "ar": "كل عمود وسيلة أصلًا."},
    "fault.outlet_column.do": {"en": "Ask without outlet:", "ar": "اسأل من غير «وسيلة:»."},
    "fault.saved_many": {"en": "There are already {most} saved questions.", "ar": "حُفظ {most} سؤال، وهو الحد الأقصى."},
    "fault.saved_many.do": {"en": "Remove one of them.", "ar": "احذف واحدًا منها."},
    "fault.no_saved": {"en": "This saved question no longer exists.", "ar": "لم يعد هذا السؤال محفوظًا."},
    "fault.saved": {
        "en": "The file of saved questions cannot be used.",
        "ar": "لا يمكن استعمال ملف الأسئلة المحفوظة.",
    },
    "fault.filter_date": {"en": "“{key}{value}” is not a date.", "ar": "ليس تاريخًا: «{key}{value}»"},
    "fault.filter_date.do": {
        "en": "Write {key}2015, {key}2015-10 or {key}2015-10-03; to ask for the words, put a space after the colon.",
        "ar": "اكتب مثلًا {key}2015 أو {key}2015-10 أو {key}2015-10-03؛ وإن قصدت الكلمات فضع مسافة بعد النقطتين.",
    },
    "fault.filter_twice": {"en": "“{key}” is given twice.", "ar": "ورد «{key}» مرتين."},
    "fault.filter_twice.do": {"en": "Keep one of them.", "ar": "أبقِ واحدًا منهما."},
    "fault.filter_language": {
        "en": "“{value}” is not a language of the archive.",
        "ar": "ليست لغة في الأرشيف: «{value}»",
    },
    "fault.filter_language.do": {"en": "Write lang:ar or lang:en.", "ar": "اكتب \u200elang:ar أو \u200elang:en"},
    "fault.filter_negated": {"en": "“-{key}” is not supported.", "ar": "لا يُستعمل «-» قبل «{key}»."},
    "fault.filter_negated.do": {
        "en": "Only words and phrases can be left out.",
        "ar": "لا يُستثنى إلا الكلمات والعبارات.",
    },
    "fault.filter_many": {
        "en": "There are more than {most} phrases or excluded words.",
        "ar": "عدد العبارات أو الكلمات المستثناة أكثر من {most}.",
    },
    "fault.filter_many.do": {"en": "Use fewer.", "ar": "قلّل منها."},
    "fault.filter_names": {"en": "There are more than {most} names.", "ar": "عدد الأسماء أكثر من {most}."},
    "fault.filter_names.do": {"en": "Use fewer.", "ar": "قلّل منها."},
    "fault.days_reversed": {
        "en": "{first} comes after {last}.",
        "ar": "اليوم الأول \u200e{first}\u200e يقع بعد الأخير \u200e{last}\u200e",
    },
    "fault.days_reversed.do": {"en": "Swap the two dates.", "ar": "بدّل بين اليومين."},
    "fault.no_names": {
        "en": "The index does not list names yet.",
        "ar": "لا يضم الفهرس قائمة بالأسماء بعد.",
    },
    "fault.no_names.do": {"en": "Ingest the folder again.", "ar": "أعد إدخال المجلد."},
    "fault.unknown_name": {"en": "No article names “{name}”.", "ar": "لا مقالة تذكر «{name}»."},
    "fault.unknown_name.do": {"en": "Choose a name from the list.", "ar": "اختر اسمًا من القائمة."},
    "fault.nothing_ingested": {
        "en": "The archive is empty: no files have been ingested yet.",
        "ar": "الأرشيف فارغ: لم يُدخَل إليه أي ملف بعد.",
    },
    "fault.nothing_ingested.do": {
        "en": "Run in a terminal: {command}",
        "ar": "نفّذ في الطرفية: \u200e{command}",
    },
    "fault.chroma_away": {"en": "The index is unavailable now.", "ar": "الفهرس غير متاح الآن."},
    "fault.chroma_away.do": {
        "en": "No data is lost: ask again when the index server is running.",
        "ar": "لم يضِع شيء: اسأل مجددًا حين يعود خادمه.",
    },
    "fault.no_span": {"en": "This place does not exist in the article.", "ar": "هذا الموضع غير موجود في المقالة."},
    "fault.no_article": {"en": "This article is no longer in the archive.", "ar": "لم تعد هذه المقالة في الأرشيف."},
    "fault.upload_kind": {"en": "“{name}” is not accepted.", "ar": "هذا الملف لا يُقبل: «{name}»"},
    "fault.upload_kind.do": {"en": "Use files of type {types}.", "ar": "استعمل ملفات من نوع \u200e{types}"},
    "fault.upload_folder": {"en": "The folder of the archive does not exist.", "ar": "مجلد الأرشيف غير موجود."},
    "fault.upload_folder.do": {"en": "Restore it, then add the files.", "ar": "أعده إلى مكانه ثم أضف الملفات."},
    "fault.upload_names": {"en": "There are too many files named {name}.", "ar": "هناك ملفات كثيرة بهذا الاسم: {name}"},
    "fault.upload_names.do": {"en": "Give it another name.", "ar": "سمّه باسم آخر."},
    "fault.table_empty": {"en": "There is no question in it.", "ar": "لا سؤال فيه."},
    "fault.table_empty.do": {"en": "Write one question per row.", "ar": "اكتب سؤالًا في كل صف."},
    "fault.table_ending": {"en": "It is neither .csv nor .xlsx.", "ar": "ليس بصيغة \u200e.csv\u200e ولا \u200e.xlsx"},
    "fault.table_ending.do": {"en": "Save it in one of these formats.", "ar": "احفظه بإحداهما."},
    "fault.table_large": {
        "en": "It has more than {rows} rows, {columns} columns or {size} MiB.",
        "ar": "فيه أكثر من {rows} صف أو {columns} عمود أو {size} ميبيبايت.",
    },
    "fault.table_large.do": {"en": "Split it.", "ar": "قسّمه."},
    "fault.table_encoding": {"en": "It cannot be read as text.", "ar": "تتعذر قراءته نصًا."},
    "fault.table_encoding.do": {"en": "Save it in UTF-8.", "ar": "احفظه بترميز UTF-8."},
    "fault.table_csv": {"en": "It is not a valid CSV table: line {line}.", "ar": "ليس جدول CSV سليمًا: السطر {line}."},
    "fault.table_csv.do": {"en": "Correct its quotation marks.", "ar": "صحّح علامات الاقتباس فيه."},
    "fault.table_xlsx": {"en": "It is not a valid XLSX workbook.", "ar": "ليس مصنف XLSX سليمًا."},
    "fault.table_xlsx.do": {
        "en": "Save it again as .xlsx or .csv.",
        "ar": "احفظه ثانية بصيغة \u200e.xlsx\u200e أو \u200e.csv",
    },
    "fault.table_unread": {"en": "The file cannot be read.", "ar": "تتعذر قراءة الملف."},
    "fault.table_unread.do": {"en": "Send it again.", "ar": "أرسله من جديد."},
    # Messages for errors without a `kind` of their own, by class; their details follow in English
    "fault.index": {"en": "The index cannot be used.", "ar": "لا يمكن استعمال الفهرس."},
    "fault.catalog": {
        "en": "The catalog of the archive cannot be read or written.",
        "ar": "تتعذر قراءة سجل الأرشيف أو كتابته.",
    },
    "fault.model": {"en": "A model could not be loaded.", "ar": "تعذّر تحميل أحد النماذج."},
    "fault.llm": {"en": "The language model cannot be used.", "ar": "لا يمكن استعمال النموذج اللغوي."},
    "fault.writer": {
        "en": "Other files are being added to the archive. Wait until that is finished.",
        "ar": "تُضاف ملفات أخرى إلى الأرشيف الآن. انتظر حتى ينتهي ذلك.",
    },
    "fault.source": {
        "en": "A file of the archive is missing or has changed.",
        "ar": "أحد ملفات الأرشيف مفقود أو تغيّر.",
    },
    "fault.history": {
        "en": "The conversation history cannot be used.",
        "ar": "لا يمكن استعمال ملف المحادثات.",
    },
    "fault.other": {"en": "An error occurred:", "ar": "حدث خطأ:"},
}


def word(key: str, language: Language, /, **values: object) -> str:
    """Return the string `key` in a language, with its placeholders filled."""
    return WORDS[key][language].format(**values)


def count(key: str, n: int, language: Language) -> str:
    """Return a count with its noun, in the plural form of the language (CLDR): ``3 passages``, ``مقطعين``."""
    return word(f"{key}.{_plural(language)(n)}", language, n=n)


def language_name(tag: str, language: Language) -> str:
    """The name of a BCP 47 language in another: ``ar`` → Arabic, العربية; an unknown tag unchanged."""
    return str(Locale(language).languages.get(tag, tag))


@cache
def _plural(language: Language):  # type: ignore[no-untyped-def]  # Babel has no types
    return Locale(language).plural_form


# An `IsnadError` → its message on the page, in the language of the interface.

_FAMILIES: Final[tuple[tuple[type[IsnadError], str], ...]] = (
    (IndexUnusable, "index"),
    (CatalogError, "catalog"),
    (ModelError, "model"),
    (LLMError, "llm"),
    (CorpusBusy, "writer"),
    (SourceGone, "source"),
    (SourceChanged, "source"),
    (HistoryUnusable, "history"),
    (SavedUnusable, "saved"),
    (IsnadError, "other"),
)


def told(error: IsnadError, language: Language) -> tuple[str, str]:
    """Return the message of an error, and what to do about it.

    If the error's `kind` has no message, returns the message of its class, with the error's English text as details.
    """
    key = f"fault.{error.kind}"
    if error.kind and key in WORDS:
        more = word(f"{key}.do", language, **error.values) if f"{key}.do" in WORDS else ""
        return word(key, language, **error.values), more
    family = next(name for kind, name in _FAMILIES if isinstance(error, kind))
    return word(f"fault.{family}", language), " → ".join(part for part in (error.what, error.do) if part)


def why_apart(reason: str, do: str, language: Language) -> str:
    """Return why a file is in quarantine and what to do; without a translation, the catalog's English text."""
    known = next((said for key, said in WORDS.items() if key.startswith("quarantine.") and said["en"] == reason), None)
    return known["ar"] if known and language == "ar" else f"{reason} → {do}"
