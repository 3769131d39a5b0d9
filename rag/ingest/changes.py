"""What has changed in a folder since it was last read, and whether that is too much to be meant. Pure.

Knows nothing of files' contents or of the catalog: it compares what was found with what is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import BadInput
from rag.folders import FoundFile, Scan
from rag.roots import Roots
from rag.store.writes import Known, Refused

NAMED = 3
"""Files named in a refusal, as examples."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest has to do: files to read, sources that are as they were, sources that are gone."""

    to_read: tuple[FoundFile, ...]
    unchanged: frozenset[str]
    vanished: frozenset[str]


def plan(
    scan: Scan,
    known: Mapping[str, Known],
    refused: Mapping[str, Refused],
    rules: Callable[[str], str] | None,
    moved: Callable[[str], bool],
) -> Plan:
    """Compare a scan with what is known.

    `rules` gives what a file's articles depend on beside its bytes, by its source; None: whatever it was. `moved` says
    whether a source lay in another folder before, where no stamp proves anything.
    """

    def stays(file: FoundFile, before: Known | Refused) -> bool:
        same = rules is None or before.rules == rules(file.source)
        return same and before.stamp == file.stamp and not moved(file.source)

    to_read: list[FoundFile] = []
    unchanged: set[str] = set()
    for file in scan.files:
        before, quarantined = known.get(file.source), refused.get(file.source)
        # Of a file with many articles some may be known and others in quarantine.
        as_before = [stays(file, one) for one in (before, quarantined) if one is not None]
        if not as_before or not all(as_before):
            to_read.append(file)
        elif before:
            unchanged.add(file.source)
    found = {file.source for file in scan.files}
    vanished = {source for source in known if source not in found and not scan.hides(source)}
    return Plan(tuple(to_read), frozenset(unchanged), frozenset(vanished))


def count_renamed(gone: Collection[str], arrived: Collection[str]) -> int:
    """How many articles only changed the name of their file: the hashes of files that are gone, and of new ones.

    A file's hash is there once for each of its articles.
    """
    return (Counter(gone) & Counter(arrived)).total()


def is_moved(before: Roots | None, now: Roots, source: str) -> bool:
    """Whether a source was last read from another folder."""
    return before is not None and before.locate(source) not in (None, now.locate(source))


def refuse_empty(
    folders: Sequence[Path], extensions: Collection[str], known: Collection[str], *, allow_deletes: bool
) -> None:
    """Raise `BadInput` for a folder that has no file to read; it may be that its disk is away."""
    if folders and not (known and allow_deletes):
        names = ", ".join(sorted(extensions))
        raise BadInput(f"it holds no file to read ({names})", where=str(folders[0]), do="name a folder of articles")


def refuse_losing(lost: int, known: int, examples: Collection[str], *, root: str) -> None:
    """Raise `BadInput` when more than half of the articles would go."""
    if 2 * lost > known:
        names = ", ".join(sorted(set(examples))[:NAMED])
        raise BadInput(
            f"{lost} of {known} articles would be deleted ({names}{', …' if len(examples) > NAMED else ''})",
            where=root,
            do="check the folder and the corpus; pass --allow-deletes if it is meant",
        )
