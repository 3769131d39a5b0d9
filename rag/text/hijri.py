"""The Islamic calendar: names of its months as data, and its days as days of the Gregorian one (Umm al-Qura).

Elsewhere a month may begin a day earlier or later than in Umm al-Qura, which hijridate knows from 1343 to 1500.
"""

from __future__ import annotations

from datetime import date
from typing import Final

_NAMES: Final[dict[int, str]] = {
    1: "محرم|المحرم|محرم الحرام|muharram",
    2: "صفر|safar",
    3: "ربيع الاول|ربيع اول|rabi al-awwal|rabi' al-awwal|rabi al-awal|rabi i",
    4: "ربيع الثاني|ربيع الاخر|ربيع ثاني|ربيع اخر|rabi al-thani|rabi' al-thani|rabi al-akhir|rabi ii",
    5: "جمادي الاولي|جمادي الاول|جمادي اول|jumada al-awwal|jumada al-ula|jumada i",
    6: "جمادي الاخره|جمادي الثانيه|جمادي الثاني|جمادي الاخر|jumada al-thani|jumada al-akhirah|jumada ii",
    7: "رجب|rajab",
    8: "شعبان|shaban|sha'ban|shaaban",
    9: "رمضان|ramadan",
    10: "شوال|shawwal",
    11: "ذو القعده|ذي القعده|ذو قعده|ذوالقعده|dhu al-qadah|dhu al-qa'dah|dhul qadah|zul qadah",
    12: "ذو الحجه|ذي الحجه|ذو حجه|ذوالحجه|dhu al-hijjah|dhul hijjah|zul hijjah",
}

HIJRI_MONTHS: Final[dict[str, int]] = {name: month for month, names in _NAMES.items() for name in names.split("|")}
"""Name in the normal form of `rag.text.normalise.normalise` → 1..12. Some names are two words: match the longest first.
"""

FIRST_YEAR: Final = 1343
LAST_YEAR: Final = 1500


def gregorian(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a Hijri one; None where there is no such day, or the table does not reach."""
    from hijridate import Hijri

    try:
        converted = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        return None
    return date(converted.year, converted.month, converted.day)
