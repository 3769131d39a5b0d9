"""Errors that a user may see: each says what is wrong, where, and what to do."""

from __future__ import annotations


class IsnadError(Exception):
    """An error that the user can fix. `what` is wrong, `where`, and `do` is what to do.

    `kind` is the key of a translated message and `values` are its parameters, for user interfaces; empty for errors
    that only the terminal shows.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", do: str = "", kind: str = "", **values: object) -> None:
        self.what, self.where, self.do = what, where, do
        self.kind, self.values = kind, values
        super().__init__(what, where, do)

    def __reduce__(self) -> tuple[object, ...]:
        # A worker process raises it too, and unpickling would pass the keyword arguments by position.
        return type(self).__new__, (type(self), *self.args), self.__dict__

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f" → {self.do}" if self.do else "")


class BadInput(IsnadError):
    """An invalid question, folder or option."""

    exit_code = 2


class BadSetting(BadInput):
    """An unknown setting or an invalid value."""


class Undecodable(IsnadError):
    """A file that cannot be read as text with confidence; it goes into quarantine."""


class SourceGone(IsnadError):
    """The file of an article, or the folder of its corpus, is no longer where it was indexed."""


class SourceChanged(IsnadError):
    """The file of an article has changed since it was indexed: its bytes have another hash."""


class CorpusBusy(IsnadError):
    """Another process is writing to this corpus, or to this run of the evaluation."""


class CatalogError(IsnadError):
    """The catalog has a newer schema, is damaged, or cannot be written (for example, the disk is full)."""


class NotInGeneration(CatalogError):
    """An article or passage is not in the generation of the index that was asked."""


class IndexUnusable(IsnadError):
    """There is no index yet, or it is damaged."""


class WrongModel(IndexUnusable):
    """The index was made with another embedding model than the configured one."""


class ModelError(IsnadError):
    """A model's files are missing or invalid."""


class LLMError(IsnadError):
    """The language model refused, timed out or sent an invalid reply. `started`: after its first token."""

    def __init__(self, what: str, *, where: str = "", do: str = "", kind: str = "", started: bool = False) -> None:
        super().__init__(what, where=where, do=do, kind=kind)
        self.started = started
