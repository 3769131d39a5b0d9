"""Names of months, as data: Arabic, Levantine, Maghrebi and Western, all of the Gregorian calendar.

Keys are in the normal form of `rag.text.normalise.normalise` (no hamza on alef, final ه for ة, lower case). The Islamic
calendar is `rag.text.hijri`.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final[dict[int, str]] = {
    # per month: Arabic (Egypt, the Gulf) | Levant and Iraq | Maghreb | English and its abbreviations | French
    1: "يناير|كانون الثاني|كانون ثاني|جانفي|january|jan|janvier",
    2: "فبراير|شباط|فيفري|february|feb|fevrier|février",
    3: "مارس|اذار|march|mar|mars",
    4: "ابريل|نيسان|افريل|april|apr|avril",
    5: "مايو|ايار|ماي|may|mai",
    6: "يونيو|يونيه|حزيران|جوان|june|jun|juin",
    7: "يوليو|يوليه|تموز|جويليه|يوليوز|july|jul|juillet",
    8: "اغسطس|اب|اوت|غشت|august|aug|aout|août",
    9: "سبتمبر|ايلول|شتنبر|september|sep|sept|septembre",
    10: "اكتوبر|تشرين الاول|تشرين اول|october|oct|octobre",
    11: "نوفمبر|تشرين الثاني|تشرين ثاني|نونبر|november|nov|novembre",
    12: "ديسمبر|كانون الاول|كانون اول|دجنبر|december|dec|decembre|décembre",
}

MONTHS: Final[dict[str, int]] = {name: month for month, names in _NAMES.items() for name in names.split("|")}
"""Normalised name → 1..12. Some names are two words (``كانون الثاني``): match the longest first."""
