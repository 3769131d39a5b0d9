"""Makes the pages of `html/` and `html/expected.json`: ``python make_html.py``. All outlets, people and events are made up."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent / "html"
EXPECTED: dict[str, dict[str, object]] = {}

NEWS = [
    "أعلنت بلدية الواحة، الأحد، افتتاح أول مكتبة متنقلة في المدينة، تضم 4 آلاف كتاب وتزور 22 حياً كل أسبوع.",
    "وقالت مديرة الثقافة رنا السالم إن المشروع كلّف 310 آلاف دينار، جُمع نصفها من تبرعات الأهالي.",
    "«المكتبة لمن لا يصل إلى المكتبة»، تضيف السالم، موضحة أن الإعارة مجانية لمدة 3 أسابيع.",
    "ومن المقرر أن تبدأ الجولة الأولى يوم 14 نيسان من حي المرفأ، على أن تصل إلى القرى الشرقية في الصيف.",
]
MORE = [
    "ارتفع إنتاج الزيتون في إقليم السهل إلى 96 ألف طن هذا الموسم، بحسب أرقام اتحاد المزارعين.",
    "وعزا رئيس الاتحاد وائل الحداد الزيادة إلى أمطار الخريف، لكنه حذّر من ارتفاع كلفة العصر بنسبة 18%.",
    "ويعمل في القطاع نحو 12 ألف عامل، ثلثهم من النساء.",
]
ENGLISH = [
    "The coast guard of Marsa rescued nine sailors on Monday after their boat lost power in a storm off the northern cape.",
    "“We saw the flare at a quarter past two and reached them forty minutes later,” Captain Omar Said told reporters.",
    "The owner of the boat, Harbour Freight Ltd, said that the engine had been checked in March.",
    "All nine were in good health; one was treated for a broken wrist.",
]
TAIL = ["مجلس الأمن يناقش ملف الحدود", "أسعار الخبز ترتفع في العاصمة", "منتخب الشباب يفوز بهدفين"]


def links(titles: list[str], tag: str = "li") -> str:
    return "".join(f'<{tag}><a href="/n/{number}.html">{title}</a></{tag}>' for number, title in enumerate(titles))


def paragraphs(lines: list[str], tag: str = "p") -> str:
    return "\n".join(f"<{tag}>{line}</{tag}>" for line in lines)


def put(name: str, html: str | bytes, body: list[str], **fields: str | None) -> None:
    (HERE / f"{name}.html").write_bytes(html if isinstance(html, bytes) else html.encode())
    EXPECTED[name] = {
        "body": body,
        **{key: fields.get(key) for key in ("title", "outlet", "author", "published", "section")},
    }


def main() -> None:
    nav = f"<nav><ul>{links(['الرئيسية', 'سياسة', 'اقتصاد', 'رياضة', 'ثقافة'])}</ul></nav>"
    cookie = '<div class="cookie-banner"><p>نستخدم ملفات تعريف الارتباط لتحسين تجربتك في الموقع. بمتابعة التصفح أنت توافق على سياسة الخصوصية.</p><button>موافق</button></div>'
    share = '<div class="share-buttons"><a>فيسبوك</a> <a>تويتر</a> <a>واتساب</a> <span>نسخ الرابط</span></div>'
    also = f'<div class="related"><h3>اقرأ أيضاً</h3><ul>{links(TAIL)}</ul></div>'
    tags = '<div class="tags"><a>مكتبات</a> <a>الواحة</a> <a>ثقافة</a> <a>بلديات</a></div>'
    comments = '<section id="comments"><h3>التعليقات (2)</h3><p class="comment">مشروع رائع نتمنى أن يصل إلى مدينتنا أيضاً في أقرب وقت.</p><p class="comment">أين كانت البلدية قبل عشر سنوات من اليوم؟</p></section>'
    foot = "<footer><p>جميع الحقوق محفوظة © 2020 صحيفة الواحة</p><p>اتصل بنا | من نحن | أعلن معنا</p></footer>"
    title = "مكتبة متنقلة تجوب أحياء الواحة"

    ld = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": "2020-04-05T09:30:00+03:00",
        "dateModified": "2020-04-06T10:00:00+03:00",
        "author": [{"@type": "Person", "name": "هدى المصري"}],
        "publisher": {"@type": "Organization", "name": "صحيفة الواحة"},
        "articleSection": "ثقافة",
    }
    put(
        "json-ld",
        f'<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{title} | صحيفة الواحة</title>'
        f'<script type="application/ld+json">{json.dumps(ld, ensure_ascii=False)}</script>'
        f"<style>p {{color: red}}</style></head><body>{cookie}{nav}<main><article><h1>{title}</h1>"
        f'<p class="byline">هدى المصري - 5 نيسان 2020</p>{share}{paragraphs(NEWS[:2])}{also}{paragraphs(NEWS[2:])}{tags}</article>'
        f"</main>{comments}{foot}</body></html>",
        NEWS,
        title=title,
        outlet="صحيفة الواحة",
        author="هدى المصري",
        published="2020-04-05",
        section="ثقافة",
    )
    put(
        "open-graph",
        f'<!DOCTYPE html><html lang="ar"><head><meta charset="utf-8"><meta property="og:title" content="{title}">'
        f'<meta property="og:site_name" content="بوابة السهل"><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="2019-11-02T22:15:00Z"><meta property="article:section" content="اقتصاد">'
        f'<meta name="author" content="وكالات"><title>{title} - بوابة السهل</title></head>'
        f'<body><div id="header">{nav}</div><div id="content"><h1 class="entry-title">{title}</h1><div class="entry-content">'
        f"{paragraphs(MORE)}</div>{share}</div><div id='sidebar'><h4>الأكثر قراءة</h4><ol>{links(TAIL)}</ol></div>{foot}</body></html>",
        MORE,
        title=title,
        outlet="بوابة السهل",
        author="وكالات",
        published="2019-11-02",
        section="اقتصاد",
    )
    put(
        "microdata",
        f'<html><head><meta charset="utf-8"><title>x</title></head><body><div itemscope itemtype="http://schema.org/NewsArticle">'
        f'<h1 itemprop="headline">Nine sailors rescued off the northern cape</h1>'
        f'<span itemprop="author" itemscope itemtype="http://schema.org/Person"><span itemprop="name">Lina Aziz</span></span>'
        f'<time itemprop="datePublished" datetime="2021-02-15">15 February 2021</time>'
        f'<span itemprop="publisher" itemscope itemtype="http://schema.org/Organization"><meta itemprop="name" content="Marsa Daily"></span>'
        f'<div itemprop="articleBody">{paragraphs(ENGLISH)}</div></div>'
        f'<aside><h2>Most read</h2><ul><li><a href="/1">Bread prices rise</a></li><li><a href="/2">Ferries to run at night</a></li></ul></aside></body></html>',
        ENGLISH,
        title="Nine sailors rescued off the northern cape",
        outlet="Marsa Daily",
        author="Lina Aziz",
        published="2021-02-15",
    )
    cp1256 = (
        f'<html dir="rtl"><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><title>{title}</title></head>'
        f'<body><table width="100%"><tr><td colspan="2"><a href="/">الرئيسية</a> | <a href="/s">سياسة</a> | <a href="/r">رياضة</a></td></tr>'
        f'<tr><td width="20%" valign="top"><table>{"".join(f"<tr><td><a href=/{n}>{t}</a></td></tr>" for n, t in enumerate(TAIL * 3))}</table></td>'
        f'<td><font size="5"><b>{title}</b></font><br><br>{"<br><br>".join(NEWS)}</td></tr></table></body></html>'
    )
    put("windows-1256-tables", cp1256.encode("cp1256"), NEWS, title=title)
    put(
        "charset-late",
        f"<html><head><!-- {'x' * 1500} --><title>{title}</title><meta charset=iso-8859-6></head><body><h1>{title}</h1>{paragraphs(MORE)}</body></html>".encode(
            "iso-8859-6"
        ),
        MORE,
        title=title,
    )
    put(
        "broken",
        f"<html><head><title>{title}</title><body><div><h1>{title}</h2><p>{NEWS[0]}<p>{NEWS[1]}</div></span><p>{NEWS[2]}<div><p>{NEWS[3]}<table><tr><td>",
        NEWS,
        title=title,
    )
    put(
        "entities",
        "<!doctype html><meta charset=utf-8><title>R&amp;D budget &lt;doubled&gt; &mdash; Marsa Daily</title>"
        "<h1>R&amp;D budget &lt;doubled&gt;</h1><p>The council&#8217;s budget for R&amp;D rose to 4&nbsp;million euros &#x2014; twice last year&rsquo;s sum &lpar;2 million&rpar;, the treasurer said on Tuesday.</p>"
        "<p>&#1608;&#1602;&#1575;&#1604; &#1575;&#1604;&#1608;&#1586;&#1610;&#1585; &#1573;&#1606; &#1575;&#1604;&#1605;&#1610;&#1586;&#1575;&#1606;&#1610;&#1577; &#1578;&#1603;&#1601;&#1610; &#1579;&#1604;&#1575;&#1579; &#1587;&#1606;&#1608;&#1575;&#1578;.</p>",
        [
            "The council’s budget for R&D rose to 4 million euros — twice last year’s sum (2 million), the treasurer said on Tuesday.",
            "وقال الوزير إن الميزانية تكفي ثلاث سنوات.",
        ],
        title="R&D budget <doubled>",
    )
    put(
        "hidden",
        f'<!doctype html><html lang=ar><meta charset=utf-8><title>{title}</title><body><h1>{title}</h1><script>var p = "<p>نص في برنامج لا يراه القارئ</p>";</script>'
        f'<div style="display:none"><p>نص مخفي عن القارئ يجب ألا يظهر في أي موضع من النص المستخرج.</p></div><p hidden>نص مخفي آخر لا يراه أحد من القراء في الصفحة.</p>'
        f"<noscript><p>فعّل البرامج النصية في متصفحك لعرض هذه الصفحة كما يجب.</p></noscript><template><p>قالب لا يظهر للقارئ أبداً في هذه الصفحة.</p></template>"
        f"{paragraphs(MORE)}<!-- تعليق محرر لا يراه أحد --></body></html>",
        MORE,
        title=title,
    )
    put(
        "divs",
        f"<!doctype html><html dir=rtl><meta charset=utf-8><title>{title} - موقع المدى</title><body><div class=a1>{links(['سياسة', 'اقتصاد', 'منوعات'], 'span')}</div>"
        f"<div class=b7><div class=c>{title}</div><div class=d>نشر في 7 آذار 2018</div>{paragraphs(NEWS, 'div')}</div><div class=e>{links(TAIL, 'div')}</div></body></html>",
        NEWS,
        title=title,
        published="2018-03-07",
    )
    put(
        "inline",
        "<!doctype html><html lang=ar dir=rtl><meta charset=utf-8><title>أسئلة وأجوبة</title><article><h1>أسئلة وأجوبة عن <em>المكتبة</em> المتنقلة</h1><time datetime=2022-01-09>9 يناير 2022</time>"
        '<p>قالت <a href="/p/rana">رنا السالم</a>، مديرة <b>الثقافة</b> في البلدية، إن الإعارة <strong>مجا</strong>نية<sup>1</sup>.</p>'
        "<h2>متى تبدأ الجولة؟</h2><p>تبدأ الجولة الأولى في نيسان المقبل،<br>وتنتهي في أيلول.</p><blockquote><p>«كل كتاب يعود يحكي قصة حي»، كتب أحد القراء في دفتر الزوار.</p></blockquote>"
        "<ul><li>عدد الكتب: 4 آلاف كتاب في السنة الأولى.</li><li>عدد الأحياء: 22 حياً في المدينة وضواحيها.</li></ul>"
        '<figure><img src=x.jpg alt="حافلة"><figcaption>حافلة المكتبة في حي المرفأ (أرشيف)</figcaption></figure></article>',
        [
            "قالت رنا السالم، مديرة الثقافة في البلدية، إن الإعارة مجانية¹.",
            "متى تبدأ الجولة؟",
            "تبدأ الجولة الأولى في نيسان المقبل،",
            "وتنتهي في أيلول.",
            "«كل كتاب يعود يحكي قصة حي»، كتب أحد القراء في دفتر الزوار.",
            "عدد الكتب: 4 آلاف كتاب في السنة الأولى.",
            "عدد الأحياء: 22 حياً في المدينة وضواحيها.",
        ],
        title="أسئلة وأجوبة عن المكتبة المتنقلة",
        published="2022-01-09",
    )
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Gulf Ledger", "@id": "#site"},
            {"@type": "Person", "@id": "#me", "name": "Sara Noor"},
            {
                "@type": ["Article", "NewsArticle"],
                "headline": "Storm: nine rescued",
                "datePublished": "2021-02-16 08:00",
                "author": {"@id": "#me"},
                "publisher": {"@id": "#org"},
            },
            {"@type": "NewsMediaOrganization", "@id": "#org", "name": "Gulf Ledger"},
        ],
    }
    put(
        "graph",
        f'<!doctype html><html lang=en><head><meta charset=utf-8><title>Storm: nine rescued – Gulf Ledger</title><script type="application/ld+json">{{broken</script><script type="application/ld+json">{json.dumps(graph)}</script></head>'
        f'<body><header><a href=/>Gulf Ledger</a><nav><a href=/w>World</a><a href=/b>Business</a></nav></header><div class="newsletter"><p>Sign up for our newsletter and get the stories that matter, every morning at seven.</p></div>'
        f'<main><h1>Storm: nine rescued</h1><p class=meta>By Sara Noor | 16 February 2021</p>{paragraphs(ENGLISH[:2])}<div class="ad">Advertisement</div>{paragraphs(ENGLISH[2:])}<p>Read more: <a href=/x>Ferries to run at night</a></p></main>'
        f'<div class="related-posts"><h3>You may also like</h3><div><a href=/1>Bread prices rise in the capital for the third month in a row</a></div><div><a href=/2>Youth team wins by two goals</a></div></div>'
        f"<footer>© 2021 Gulf Ledger. All rights reserved.</footer></body></html>",
        ENGLISH,
        title="Storm: nine rescued",
        outlet="Gulf Ledger",
        author="Sara Noor",
        published="2021-02-16",
    )
    put(
        "xhtml",
        f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml" xml:lang="ar" dir="rtl"><head><title>{title}</title><meta name="DC.date" content="2011-06-21" /><meta name="DC.publisher" content="وكالة النهر" /></head><body><div id="story"><h1>{title}</h1>{paragraphs(MORE)}</div></body></html>',
        MORE,
        title=title,
        outlet="وكالة النهر",
        published="2011-06-21",
    )
    rows = "".join(
        f"<tr><td>{name}</td><td>{count}</td></tr>"
        for name, count in (("حي المرفأ", "120 قارئاً"), ("حي القلعة", "85 قارئاً"))
    )
    put(
        "table",
        f"<!doctype html><html lang=ar dir=rtl><meta charset=utf-8><title>{title}</title><article><h1>{title}</h1>{paragraphs(NEWS[:2])}<table><tr><th>الحي</th><th>القراء</th></tr>{rows}</table>{paragraphs(NEWS[2:])}</article></html>",
        [*NEWS[:2], "الحي | القراء", "حي المرفأ | 120 قارئاً", "حي القلعة | 85 قارئاً", *NEWS[2:]],
        title=title,
    )
    put(
        "teasers",
        f'<!doctype html><html lang=ar dir=rtl><meta charset=utf-8><meta property="og:site_name" content="مرسى نيوز"><title>زيادة في إنتاج الزيتون | مرسى نيوز</title><body>{nav}<div class="wrap"><div class="post"><h1>زيادة في إنتاج الزيتون</h1><div class="info">اقتصاد | كتب: نادر عيسى | الثلاثاء 03/12/2019 - 14:05</div><div class="text"><p>{MORE[0]}</p><p><strong>اقرأ أيضاً: <a href=/z>مهرجان الزيتون يفتتح أبوابه في السهل الشهر المقبل</a></strong></p><p>{MORE[1]}</p><p>{MORE[2]}</p><p>تابعوا مرسى نيوز على فيسبوك وتويتر</p></div></div>'
        f'<div class="more"><h3>مواضيع ذات صلة</h3><div class="card"><a href=/1><h4>{TAIL[0]}</h4><p>يعقد المجلس جلسة جديدة يوم الخميس لبحث الملف بعد تأجيلها مرتين بطلب من الوفود المشاركة.</p></a></div><div class="card"><a href=/2><h4>{TAIL[1]}</h4><p>ارتفعت الأسعار بنسبة تسعة في المئة بحسب دائرة الإحصاء خلال شهر واحد فقط.</p></a></div></div></div>{foot}</body></html>',
        MORE,
        title="زيادة في إنتاج الزيتون",
        outlet="مرسى نيوز",
        published="2019-12-03",
    )
    (HERE / "expected.json").write_text(json.dumps(EXPECTED, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
