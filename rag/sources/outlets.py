"""News agencies and outlets that datelines and bylines name, as data, in the normal form of `rag.arabic.normalise`.

A name that is missing here costs only the outlet of a page whose dateline is all that states it.
"""

from __future__ import annotations

from typing import Final

AGENCIES: Final = frozenset(
    """سانا|رويترز|ا ف ب|ا.ف.ب|اف ب|فرانس برس|وكاله فرانس برس|ا ب|ا.ب|اسوشيتد برس|اسوشيتدبرس|د ب ا|د.ب.ا|واس|وام|كونا
    |بترا|قنا|اينا|واع|ا ش ا|ا.ش.ا|وفا|وات|واج|و م ع|سونا|سبا|نوفوستي|ريا نوفوستي|سبوتنيك|تاس|ايتار تاس|انترفاكس
    |الاناضول|وكاله الاناضول|شينخوا|ارنا|تسنيم|الجزيره|الجزيره نت|العربيه|العربيه نت|العربيه.نت|بي بي سي
    |بي.بي.سي|سي ان ان|روسيا اليوم|ار تي|سكاي نيوز|سكاي نيوز عربيه|الحره|فرانس 24|الميادين|المنار|برس نت
    |دويتشه فيله|يورونيوز|الشرق الاوسط|القدس العربي|الاهرام|اليوم السابع|ايلاف|عكاظ
    |reuters|afp|ap|associated press|tass|itar-tass|sana|xinhua|anadolu|anadolu agency|aa|rt|dpa|upi|efe|ansa|mena|wafa
    |petra|kuna|spa|wam|qna|bna|irna|interfax|sputnik|ria novosti|bbc|bbc news|cnn|al jazeera|aljazeera|al arabiya
    |bloomberg|the guardian|the new york times|the washington post|france 24|euronews|sky news""".replace(
        "\n    ", ""
    ).split("|")
)

NOT_OUTLETS: Final = frozenset(["وكالات", "الوكالات", "خاص", "متابعات", "agencies", "exclusive", "wires", "staff"])
"""What stands in an agency's place in a dateline and names none."""
