"""Settings: frozen values, read once, loud about an unknown or bad one. Holds no callable and no model.

Order: flags, then ``ISNAD_…`` environment variables, then a TOML file (`ISNAD_CONFIG`, else
``isnad.toml`` in the user's configuration folder), then the defaults here.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from rag.environment import PREFIX
from rag.errors import BadSetting

_NOT_SETTINGS = frozenset({"ISNAD_CONFIG", "ISNAD_DATA"})
DEFAULT_CORPUS = "default"
CORPUS_NAME = r"^[\w][\w.-]{0,63}$"
"""The name of a corpus is also that of its folder."""
FORMER = {
    **dict.fromkeys(("candidates", "keyword_weight", "name_weight", "lexicon_weight", "date_weight"), ""),
    **dict.fromkeys(("min_similarity", "embedding_batch", "llm_threads", "max_check_chars", "max_question_chars"), ""),
    **dict.fromkeys(("min_score", "min_score_ar", "min_score_en"), "answer_probability"),
    **dict.fromkeys(("clear_score", "clear_score_ar", "clear_score_en"), "clear_probability"),
    **dict.fromkeys(("sure_score", "sure_score_ar", "sure_score_en"), "short_probability"),
    **dict.fromkeys(("connect_seconds", "first_token_seconds", "between_tokens_seconds"), "answer_seconds"),
    **dict.fromkeys(("total_seconds", "api_seconds"), "answer_seconds"),
    "gguf": "llm_model",
}
"""Settings of earlier versions, and the one that took their place; empty where none is needed any more."""
_SECRETS = frozenset({"catalog_url", "chroma_key", "embedding_key", "llm_key", "password", "token"})
"""Settings whose values are never in a message."""
# RFC 6454, 6.2, as browsers write it: lower case, no path, no default port.
_ORIGIN = re.compile(
    r"(?!http:.*:80$|https:.*:443$)https?://([a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?",
    re.ASCII,
)


def _config_file() -> Path:
    named = os.environ.get("ISNAD_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir("isnad")) / "isnad.toml"


class Settings(BaseSettings):
    """Every setting of Isnad, with its default. `docs/settings.md` is generated from the descriptions, which say when
    to change one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("isnad")),
        description="the folder of corpora and models; change it to keep them on another disk",
    )
    corpus: str | None = Field(
        default=None,
        pattern=CORPUS_NAME,
        description="the corpus to use; if unset, `ingest` writes to `default`, and everything else reads `default`, "
        "else the only existing corpus (with `catalog_url` only `default`)",
    )
    max_file_mb: float = Field(
        default=20.0,
        gt=0,
        description="maximum file size in MiB; a larger file is quarantined; raise it if `isnad quarantine` lists "
        "files that you want",
    )
    columns: Annotated[dict[str, str], NoDecode] = Field(
        default={},
        description="column names of your tables for the fields of an article, such as text=content,title=headline; "
        "needed if a table is quarantined because its columns are unknown; fields: text, title, outlet, author, "
        "published, section, id",
    )
    extractors: Annotated[dict[str, str], NoDecode] = Field(
        default={},
        description="your own functions for file types that Isnad does not read, or reads wrongly, such as "
        ".xml=my_extractor.py:extract; Isnad loads the file and runs the function in a worker process with limits "
        "on time and memory, without `ISNAD_` variables, but with your permissions: name only code that you trust",
    )
    names_file: Path | None = Field(
        default=None,
        description="a file of names in both scripts, for names that Isnad does not match or wrongly merges; if unset, "
        "`names.tsv` in `data_dir`, if it exists",
    )
    catalog_url: SecretStr | None = Field(
        default=None,
        description="a PostgreSQL database for the catalogs, if several machines share a corpus, such as "
        "postgresql://name:password@host/isnad; if unset, a SQLite file in `data_dir` for each corpus",
    )
    chroma_url: str | None = Field(
        default=None,
        description="a Chroma server for the vectors, if several processes share an index that is too large for the "
        "memory of each, such as http://127.0.0.1:8000; if unset, Chroma runs in this process",
    )
    chroma_key: SecretStr | None = Field(
        default=None, description="the bearer token, if a proxy in front of the Chroma server requires one"
    )
    outlets_file: Path | None = Field(
        default=None,
        description="a file of outlets, by name and host, if articles show an outlet wrongly or not at all; if unset, "
        "`outlets.tsv` in `data_dir`, if it exists",
    )
    passage_tokens: int = Field(
        default=256,
        ge=16,
        le=8192,
        description="maximum number of tokens in a passage; lower it for an embedding model with a shorter input; the "
        "next ingest embeds all articles again",
    )

    embedding_model: str = Field(
        default="bundled",
        description="`bundled` (multilingual-e5-small), any sentence-transformers name or folder, or the name of a "
        "model at `embedding_url`; change it for another language or a larger model; needs a new ingest",
    )
    embedding_url: str | None = Field(
        default=None,
        description="an OpenAI-compatible embeddings endpoint, to embed on a GPU or another machine, such as "
        "http://127.0.0.1:8080/v1; if unset, the model runs in this process",
    )
    embedding_key: SecretStr | None = Field(default=None, description="the key, if that endpoint requires one")
    embedding_revision: str | None = Field(
        default=None,
        description="the revision of a hub model, to pin it, or any label that distinguishes models with the same name",
    )
    embedding_query_prompt: str | None = Field(
        default=None,
        description="prefix of a question, if the model needs one that Isnad does not find; if unset, the model's own "
        "prefix (none at an endpoint)",
    )
    embedding_passage_prompt: str | None = Field(
        default=None,
        description="prefix of a passage, as `embedding_query_prompt`; needs a new ingest",
    )

    top_k: int = Field(
        default=8,
        ge=1,
        le=100,
        description="passages retrieved for a question; raise it to see more evidence, which takes longer to read",
    )
    evidence_sentences: int = Field(
        default=3,
        ge=1,
        le=20,
        description="maximum number of sentences quoted, or given to the writer; raise it for questions with answers "
        "in several places",
    )
    reader: str = Field(
        default="bundled",
        description="the model that reads question and passage together: `bundled`, `off`, or a folder or hub name of "
        "an extractive reader (transformers) or a cross-encoder (sentence-transformers); `off` is faster and less "
        "precise",
    )
    verifier: Literal["bundled", "off"] = Field(
        default="bundled",
        description="the model that reads a claim with its quote, for `isnad check` and the sentences of a writer; "
        "`off` checks by rules alone, which is faster and less precise",
    )
    read_passages: int = Field(
        default=8,
        ge=1,
        le=100,
        description="maximum number of passages that the reader reads for a question; lower it on a slow machine",
    )
    answer_probability: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="with a reader: probability below which a question is not in the archive; raise it if too many "
        "questions get wrong answers; it replaces a threshold that `isnad eval calibrate` fitted",
    )
    clear_probability: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="with a reader: probability below which an answer is reported as unclear; raise it to be warned "
        "more often; not for a writer, nor where `isnad eval calibrate` fitted a threshold",
    )
    short_probability: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="with a reader: probability from which the words it points at are shown as the short answer; raise "
        "it if short answers are wrong too often",
    )

    generator: Literal["auto", "extractive", "reader", "writer"] = Field(
        default="auto",
        description="the generator, to choose one of several that are available; `auto` chooses the writer if "
        "`llm_url` is set or `llm_model` is a GGUF file, else the reader, or extractive with `reader=off`",
    )
    llm_url: str | None = Field(
        default=None,
        description="an OpenAI-compatible endpoint of a language model, if one should write answers, such as "
        "http://127.0.0.1:11434/v1",
    )
    llm_model: str | None = Field(
        default=None,
        description="the model's name at `llm_url`; without `llm_url`, a GGUF file that is run on this machine (needs "
        "the extra `local`)",
    )
    llm_key: SecretStr | None = Field(default=None, description="the key, if that endpoint requires one")
    answer_seconds: float = Field(
        default=240.0,
        gt=0,
        description="seconds for one answer of the API, after which it is cut off; raise it for a slow language model, "
        "which has three quarters of it for a reply",
    )
    user: str | None = Field(
        default=None,
        description="user name, for a password in place of a token; beyond loopback, this or `token` is required",
    )
    password: SecretStr | None = Field(default=None, description="the password of `user`")
    token: SecretStr | None = Field(
        default=None,
        description="an access token, in plain text or as `sha256:<hex>`: open `?token=…` once in a browser, or send "
        "`Authorization: Bearer …`",
    )
    upload: bool = Field(
        default=False, description="allow uploads in the chat, if everyone who can ask may add articles"
    )
    history_days: int | None = Field(
        default=None,
        ge=1,
        description="days after which an unused conversation is deleted, if they must not be kept; if unset, never",
    )
    api_at_once: int = Field(
        default=8,
        ge=1,
        description="questions that the API answers concurrently; raise it on a machine with more cores",
    )
    api_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="origins of your own web pages that call the API under `/v1` from a browser (CORS), such as "
        "https://app.example; comma-separated",
    )
    public_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="public origins of Isnad, needed behind a TLS proxy, such as https://news.example.org; "
        "comma-separated",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="addresses or networks of proxies in front of Isnad, whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are trusted, such as 127.0.0.1; comma-separated",
    )
    log_questions: bool = Field(
        default=False, description="include the question in the log line of an API request, to find out what is asked"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, InitSettingsSource(settings_cls, _read_toml(_config_file()))

    @field_validator("api_origins", "public_origins", "trusted_proxies", mode="before")
    @classmethod
    def _by_commas(cls, given: Any) -> Any:
        return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given

    @field_validator("api_origins", "public_origins")
    @classmethod
    def _exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin as a browser sends it: scheme://host[:port], in lower case, without a "
                    "path or a default port; there is no wildcard"
                )
        return origins

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                network = ipaddress.ip_network(proxy)
            except ValueError as error:
                raise ValueError(
                    f"{proxy!r} is no address or network such as 127.0.0.1 or 10.0.0.0/8, and no wildcard: {error}"
                ) from error
            if network.prefixlen == 0:
                raise ValueError(f"{proxy!r} is every address, so anybody could forge theirs: name the proxies alone")
        return proxies

    @field_validator("columns", "extractors", mode="before")
    @classmethod
    def _pairs(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        pairs = [part.partition("=") for part in given.split(",") if part.strip()]
        if not all(name.strip() and value.strip() for name, _, value in pairs):
            raise ValueError("write it as name=value,name=value")
        return {name.strip(): value.strip() for name, _, value in pairs}

    @field_validator("columns")
    @classmethod
    def _fields(cls, columns: dict[str, str]) -> dict[str, str]:
        known = ("text", "title", "outlet", "author", "published", "section", "id")
        for name in columns:
            if name not in known:
                raise ValueError(f"an article has no field {name!r}, only {', '.join(known)}")
        return columns

    @field_validator("extractors")
    @classmethod
    def _endings(cls, extractors: dict[str, str]) -> dict[str, str]:
        for ending, where in extractors.items():
            if not re.fullmatch(r"\.[^\s./]+", ending) or not re.fullmatch(r".+:[^\W\d]\w*", where):
                raise ValueError(f"{ending}={where} is no .ending=module:function or .ending=file.py:function")
        return {ending.lower(): where for ending, where in extractors.items()}

    @field_validator("catalog_url")
    @classmethod
    def _postgresql(cls, given: SecretStr | None) -> SecretStr | None:
        # The value itself is in no message: it holds a password.
        if given and not re.match(r"postgresql://[^/]*[^/@:]+(:[0-9]+)?/[^/?]+", given.get_secret_value()):
            raise ValueError("it is no postgresql://name:password@host/database")
        return given

    @field_validator("chroma_url", "embedding_url")
    @classmethod
    def _http(cls, given: str | None) -> str | None:
        if given and not re.match(r"https?://[^/?#@\s]+(/[^?#@\s]*)?$", given):
            raise ValueError("it is no http://host:port or https://host")
        return given

    @field_validator("data_dir", "names_file", "outlets_file")
    @classmethod
    def _at_home(cls, path: Path | None) -> Path | None:
        return path.expanduser() if path else None

    @property
    def gguf(self) -> Path | None:
        """The GGUF file that `llm_model` names, where there is no `llm_url`; else none."""
        if self.llm_url or not self.llm_model or not self.llm_model.lower().endswith(".gguf"):
            return None
        return Path(self.llm_model).expanduser()

    @property
    def models_dir(self) -> Path:
        """Where models that are made or joined here are kept, shared by all corpora."""
        return self.data_dir / "models"

    @property
    def uploads_dir(self) -> Path:
        """Where uploaded files wait to be ingested, in a folder for each server that runs."""
        return self.data_dir / "uploads"

    @property
    def names_to_read(self) -> Path | None:
        """The file of the user's own names: the one named, else `names.tsv` in the data folder, else none."""
        beside = self.data_dir / "names.tsv"
        return self.names_file or (beside if beside.exists() else None)

    @property
    def outlets_to_read(self) -> Path | None:
        """The file of the user's own outlets: the one named, else `outlets.tsv` in the data folder, else none."""
        beside = self.data_dir / "outlets.tsv"
        return self.outlets_file or (beside if beside.exists() else None)

    @property
    def max_file_bytes(self) -> int:
        """`max_file_mb` in bytes."""
        return int(self.max_file_mb * 2**20)

    def corpus_dir(self, name: str) -> Path:
        """The data folder of a corpus."""
        return self.data_dir / "corpora" / name

    def generations_dir(self, name: str) -> Path:
        """Where the generations of a corpus lie on this machine, each in a folder of its id."""
        if self.catalog_url is None:
            return self.corpus_dir(name) / "generations"
        # Apart for each database, so that no catalog takes the folders of another for its own.
        rest = self.catalog_url.get_secret_value().rpartition("@")[2]
        key = hashlib.sha256(f"{rest}\0{name}".encode()).hexdigest()[:16]
        return self.data_dir / "shared" / key / "generations"

    def existing_corpora(self) -> list[str]:
        """The names of the corpora that have a catalog in the data folder, sorted."""
        root = self.data_dir / "corpora"
        return sorted(path.parent.name for path in root.glob("*/catalog.sqlite3")) if root.is_dir() else []

    def corpus_to_read(self) -> str:
        """The corpus that a question is about: the one named, else `default`, else the only one in the data folder.

        Raises `BadSetting` when several exist and none is named.
        """
        if self.catalog_url:
            return self.corpus or DEFAULT_CORPUS
        existing = self.existing_corpora()
        if self.corpus or DEFAULT_CORPUS in existing or not existing:
            return self.corpus or DEFAULT_CORPUS
        if len(existing) > 1:
            raise BadSetting(
                f"there are several corpora ({', '.join(existing)}) and none is named",
                where=str(self.data_dir),
                do="name one with --corpus or ISNAD_CORPUS",
            )
        return existing[0]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if os.environ.get("ISNAD_CONFIG"):
            raise BadSetting("there is no such file", where=str(path), do="correct or unset ISNAD_CONFIG") from error
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSetting(f"the settings cannot be read: {error}", where=str(path), do="mend the file") from error


def read_settings(**flags: Any) -> Settings:
    """Read the settings once; a flag that is None was not given.

    Raises `BadSetting` for an unknown name or an invalid value, from any source.
    """
    known = set(Settings.model_fields)
    for name in os.environ:
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS and name[len(PREFIX) :].lower() not in known:
            raise BadSetting(
                f"there is no setting {name}",
                where="environment",
                do=f"take it out; {_instead(name[len(PREFIX) :].lower(), known)}",
            )
    for name in flags:
        if name not in known:
            raise BadSetting(f"there is no setting {name!r}", where="flags", do=f"take it out; {_instead(name, known)}")
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise BadSetting(
                f"there is no setting {name!r}", where=_place(name), do=f"take it out; {_instead(name, known)}"
            ) from error
        given = "what was given" if name in _SECRETS or "@" in str(first["input"]) else repr(first["input"])
        raise BadSetting(f"{name} cannot be {given}: {first['msg']}", where=_place(name), do="correct it") from error


def _place(name: str) -> str:
    if PREFIX + name.upper() in os.environ:
        return f"environment variable {PREFIX}{name.upper()}"
    file = _config_file()
    return f"flags or {file}" if file.is_file() else "flags"


def _instead(name: str, known: set[str]) -> str:
    """What to do about a name that is no setting, or no longer."""
    if name in FORMER:
        return f"use {FORMER[name]}" if FORMER[name] else "it is no setting any more"
    return "known: " + ", ".join(sorted(known))
