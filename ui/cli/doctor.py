"""What Isnad needs on this machine, and what to do about what is missing. Mends nothing itself."""

from __future__ import annotations

import importlib.metadata
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.config import Settings
from rag.errors import IsnadError
from rag.store.private import open_to_others

if TYPE_CHECKING:
    from rag.ingest.check import Finding, Looked

_LEAST_FREE_GIB = 2.0
_OLDEST_PYTHON = (3, 11)


class Check(NamedTuple):
    """One thing looked at: what was found, and what to do when it did not pass."""

    name: str
    passed: bool
    found: str
    do: str = ""


def examine(settings: Settings) -> list[Check]:
    """Every check, in the order in which one would mend them; none raises for what it finds missing."""
    looks: list[tuple[str, Callable[[Settings], str]]] = [
        ("Python", _python),
        ("torch", _torch),
        ("disk", _disk),
        ("permissions", _permissions),
        ("embedding model", _embedding),
        ("reader", _reader),
        ("language model", _language_model),
        ("names", _names),
        ("outlets", _outlets),
        ("index", _index),
    ]
    return [_look(name, look, settings) for name, look in looks]


@dataclass(frozen=True, slots=True)
class Deep:
    """What `--deep` found in a corpus, how much it looked at, and in how many seconds."""

    findings: list[Finding]
    looked: Looked
    seconds: float


def deeper(settings: Settings) -> Deep | None:
    """Everything that the corpus to read promises, recomputed; None where nothing was ingested."""
    from rag.corpus import open_catalog
    from rag.index.server import ChromaServer
    from rag.index.verify import verify
    from rag.ingest.check import Audit, Finding, Looked
    from rag.ingest.held_against import index_differences
    from rag.store.catalog import CATALOG_FILE, GENERATIONS

    started = time.monotonic()
    looked = Looked()
    name = settings.corpus_to_read()
    home = settings.corpus_dir(name)
    if not (home / CATALOG_FILE).is_file():
        return None
    server = ChromaServer.of(settings, name)
    check = partial(index_differences, verify=partial(verify, server=server)) if server else index_differences
    try:
        with open_catalog(settings, name) as catalog:
            audit = Audit(catalog, name, home / GENERATIONS, settings.max_file_bytes, check, looked)
            findings = list(audit.run())
    except IsnadError as error:
        findings = [Finding(error.where, error.what, error.do)]
    return Deep(findings, looked, time.monotonic() - started)


def document(checks: list[Check], found: Deep | None) -> dict[str, Any]:
    """All of it as JSON values."""
    document: dict[str, Any] = {"checks": [one._asdict() for one in checks]}
    if found is not None:
        findings = [one._asdict() for one in found.findings]
        document["deep"] = {"findings": findings, "looked": asdict(found.looked), "seconds": round(found.seconds, 3)}
    return document


def _look(name: str, look: Callable[[Settings], str], settings: Settings) -> Check:
    try:
        return Check(name, True, look(settings))
    except OSError as error:
        return Check(
            name, False, f"{error.filename or ''} {error.strerror or error}".strip(), "see that it can be read"
        )
    except IsnadError as error:
        place = f"{error.where}: " if error.where else ""
        return Check(name, False, place + error.what, error.do)


def _python(settings: Settings) -> str:  # noqa: ARG001
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        raise IsnadError(f"Python {found} is too old", do="install Python 3.11 or newer")
    return found


def _torch(settings: Settings) -> str:  # noqa: ARG001
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError as error:
        raise IsnadError("torch is not installed", do="pip install torch==2.13.0") from error


def _disk(settings: Settings) -> str:
    place = next(folder for folder in (settings.data_dir, *settings.data_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free / 2**30
    if free < _LEAST_FREE_GIB:
        raise IsnadError(f"{free:.1f} GiB are free", where=str(place), do="free some space, or set ISNAD_DATA_DIR")
    return f"{free:.0f} GiB free at {settings.data_dir}"


def _permissions(settings: Settings) -> str:
    open_ones = list(open_to_others(settings.data_dir))
    if open_ones:
        more = f" and {len(open_ones) - 1} more" if len(open_ones) > 1 else ""
        what = f"other users of this machine may open it{more}"
        do = f"ingest once, or: chmod -R go= {shlex.quote(str(settings.data_dir))}"
        raise IsnadError(what, where=str(open_ones[0]), do=do)
    return f"nobody else reads {settings.data_dir}"


def _reader(settings: Settings) -> str:
    from rag.corpus import load_reader
    from rag.models.embedding import load

    read = load_reader(settings, load(settings))
    if read is None:
        return "off: what is found stands in the order of the search"
    fitted = "" if read.weighing else ", not calibrated: its order is joined with that of the search by rank"
    return f"{read.name}, {read.count} passages a question{fitted}"


def _names(settings: Settings) -> str:
    from rag.corpus import own_names

    path = settings.names_to_read
    return f"{len(own_names(settings).entries)} names of your own in {path}" if path else "none of your own"


def _outlets(settings: Settings) -> str:
    from rag.corpus import own_outlets

    path = settings.outlets_to_read
    known = own_outlets(settings)
    return f"the table of Isnad and your own in {path}, {len(known.outlets)} in all" if known else "none of your own"


def _embedding(settings: Settings) -> str:
    from rag.models.embedding import load

    embedder = load(settings)
    embedder.encode_queries(["سؤال"])
    return f"{embedder.name}, {embedder.dimension} dimensions"


def _language_model(settings: Settings) -> str:
    from rag.corpus import describe_generator

    return describe_generator(settings)


def _index(settings: Settings) -> str:
    from rag.corpus import describe_index

    return describe_index(settings)
