"""An error of ours → what the page says of it, in the language of the interface. Its sentences stand in
`ui.shared.i18n`.
"""

from __future__ import annotations

from typing import Final

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
from ui.shared.history_file import HistoryUnusable
from ui.shared.i18n import WORDS, word

_FAMILIES: Final[tuple[tuple[type[IsnadError], str], ...]] = (
    (IndexUnusable, "index"),
    (CatalogError, "catalog"),
    (ModelError, "model"),
    (LLMError, "llm"),
    (CorpusBusy, "writer"),
    (SourceGone, "source"),
    (SourceChanged, "source"),
    (HistoryUnusable, "history"),
    (IsnadError, "other"),
)


def told(error: IsnadError, language: Language) -> tuple[str, str]:
    """What is wrong and what to do about it.

    An error whose kind has no sentence is told by what it is about; its own words, which are English, are the details.
    """
    key = f"fault.{error.kind}"
    if error.kind and key in WORDS:
        more = word(f"{key}.do", language, **error.values) if f"{key}.do" in WORDS else ""
        return word(key, language, **error.values), more
    family = next(name for kind, name in _FAMILIES if isinstance(error, kind))
    return word(f"fault.{family}", language), " → ".join(part for part in (error.what, error.do) if part)


def why_apart(reason: str, do: str, language: Language) -> str:
    """Why a file is in quarantine and what to do; as the catalog of the archive says it, where nothing else does."""
    known = next((said for key, said in WORDS.items() if key.startswith("quarantine.") and said["en"] == reason), None)
    return known["ar"] if known and language == "ar" else f"{reason} → {do}"
