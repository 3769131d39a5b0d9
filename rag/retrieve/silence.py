"""Is what was found an answer? The verdict on a search, before anything is drafted. Pure.

By the best score (`rag.retrieve.abstention`), and by the figures that a question names and no article states
(`rag.retrieve.unstated`). It refuses to know what becomes of its verdict.
"""

from __future__ import annotations

from typing import Literal

from rag.retrieve.abstention import Policy
from rag.retrieve.unstated import unstated_figures
from rag.types import Found, Query

Verdict = Literal["absent", "unclear", "clear"]
"""``absent``: not in the archive. ``unclear``: the nearest that there is, and more often than not no answer."""


def verdict(query: Query, found: Found, policy: Policy) -> Verdict:
    """What a search says of its question; ``absent`` where nothing was found."""
    if not policy.enough(query.language, found) or unstated_figures(query.searched, found):
        return "absent"
    return "clear" if policy.clear(query.language, found) else "unclear"
