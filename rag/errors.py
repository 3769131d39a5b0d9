"""The errors that a user may meet: each says what is wrong, where, and what to do."""

from __future__ import annotations


class IsnadError(Exception):
    """Something that the user can mend. `what` is wrong, at `where`, and `do` mends it.

    `kind` names the sentence, and `values` are what stands in it, for a door that speaks another language than English;
    empty where the sentence is for the terminal.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", do: str = "", kind: str = "", **values: object) -> None:
        self.what, self.where, self.do = what, where, do
        self.kind, self.values = kind, values
        super().__init__(what, where, do)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f" → {self.do}" if self.do else "")


class BadInput(IsnadError):
    """A question, a folder or an option that cannot be used."""

    exit_code = 2


class BadSetting(BadInput):
    """An unknown setting, or a value that it cannot have."""


class Undecodable(IsnadError):
    """Bytes that cannot be read as text with confidence; the file goes into quarantine."""


class SourceGone(IsnadError):
    """The file of an article, or the folder of its corpus, is no longer where it was indexed."""


class SourceChanged(IsnadError):
    """The file of an article is no longer the one that was indexed: its bytes have another hash."""


class CorpusBusy(IsnadError):
    """Another process is writing to this corpus, or to this run of the evaluation."""


class CatalogError(IsnadError):
    """The catalog is of a newer schema, damaged, or cannot be written (a full disk)."""


class IndexUnusable(IsnadError):
    """There is no index yet, or it cannot be trusted."""


class WrongModel(IndexUnusable):
    """The index was made with another embedding model than the one configured."""


class ModelError(IsnadError):
    """A model's files are missing or are not what they should be."""


class LLMError(IsnadError):
    """The language model refused, hung, or sent what cannot be used. `started`: after its first token."""

    def __init__(self, what: str, *, where: str = "", do: str = "", kind: str = "", started: bool = False) -> None:
        super().__init__(what, where=where, do=do, kind=kind)
        self.started = started
