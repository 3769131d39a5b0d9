"""Settings: flags, then environment, then a TOML file; loud about what is unknown or bad."""

from pathlib import Path

import pytest

from rag.config import FORMER, Settings, read_settings
from rag.errors import BadSetting


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in os.environ:
        if name.startswith("ISNAD_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    file = tmp_path / "isnad.toml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("ISNAD_CONFIG", str(file))
    return file


def test_a_flag_beats_the_environment_and_the_environment_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml(tmp_path, monkeypatch, "top_k = 3\nread_passages = 30\npassage_tokens = 99\n")
    monkeypatch.setenv("ISNAD_TOP_K", "4")
    monkeypatch.setenv("ISNAD_READ_PASSAGES", "40")
    settings = read_settings(top_k=5)
    assert (settings.top_k, settings.read_passages, settings.passage_tokens) == (5, 40, 99)


def test_a_flag_that_was_not_given_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_TOP_K", "4")
    assert read_settings(top_k=None).top_k == 4


def test_the_users_configuration_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "config" / "isnad").mkdir(parents=True)
    (tmp_path / "config" / "isnad" / "isnad.toml").write_text('corpus = "news"\n', encoding="utf-8")
    assert read_settings().corpus == "news"


def test_an_unknown_setting_is_an_error_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSetting, match="topk"):
        read_settings(topk=3)
    monkeypatch.setenv("ISNAD_TOPK", "3")
    with pytest.raises(BadSetting, match="ISNAD_TOPK"):
        read_settings()
    monkeypatch.delenv("ISNAD_TOPK")
    file = toml(tmp_path, monkeypatch, "topk = 3\n")
    with pytest.raises(BadSetting) as caught:
        read_settings()
    assert str(file) in caught.value.where


@pytest.mark.parametrize(
    ("former", "instead"),
    [
        ("gguf", "use llm_model"),
        ("min_score_ar", "use answer_probability"),
        ("clear_score_en", "use clear_probability"),
        ("api_seconds", "use answer_seconds"),
        ("keyword_weight", "no setting any more"),
    ],
)
def test_a_setting_of_an_earlier_version_is_an_error_that_names_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, former: str, instead: str
) -> None:
    with pytest.raises(BadSetting, match=f"(?s){former}.*{instead}"):
        read_settings(**{former: "1"})
    monkeypatch.setenv(f"ISNAD_{former.upper()}", "1")
    with pytest.raises(BadSetting, match=f"(?s){former.upper()}.*{instead}"):
        read_settings()
    monkeypatch.delenv(f"ISNAD_{former.upper()}")
    toml(tmp_path, monkeypatch, f"{former} = 1\n")
    with pytest.raises(BadSetting, match=f"(?s){former}.*{instead}"):
        read_settings()


def test_every_former_setting_names_one_that_is_there() -> None:
    assert {name for name in FORMER.values() if name} <= set(Settings.model_fields)
    assert not set(FORMER) & set(Settings.model_fields)


def test_without_an_address_a_gguf_file_is_the_language_model() -> None:
    assert Settings(llm_model="~/jais.gguf").gguf == Path.home() / "jais.gguf"
    assert Settings(llm_model="jais").gguf is None
    assert Settings(llm_model="jais.gguf", llm_url="http://127.0.0.1:1/v1").gguf is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("top_k", "0"), ("top_k", "many"), ("generator", "poet"), ("corpus", "../x"), ("corpus", "a/b"), ("corpus", "")],
)
def test_a_bad_value_is_an_error_that_names_it(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        read_settings(**{name: value})


def test_a_file_that_is_named_must_exist_and_be_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(BadSetting, match="no such file"):
        read_settings()
    toml(tmp_path, monkeypatch, "top_k = = 3")
    with pytest.raises(BadSetting, match="cannot be read"):
        read_settings()


@pytest.mark.parametrize("name", ["_env_file", "_cli_parse_args", "_case_sensitive"])
def test_what_the_library_takes_is_no_setting_of_ours(name: str) -> None:
    with pytest.raises(BadSetting, match=name):
        read_settings(**{name: "x"})


def test_a_path_below_the_home_folder_is_found_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ISNAD_DATA_DIR", "~/archive")
    assert read_settings().data_dir == tmp_path / "archive"


def test_origins_are_given_with_commas_or_as_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().api_origins == ()
    both = ("https://app.example", "http://localhost:3000")
    assert read_settings(api_origins="https://app.example, http://localhost:3000").api_origins == both
    monkeypatch.setenv("ISNAD_API_ORIGINS", ",".join(both))
    assert read_settings().api_origins == both
    monkeypatch.delenv("ISNAD_API_ORIGINS")
    toml(tmp_path, monkeypatch, f"api_origins = {list(both)}\n")
    assert read_settings().api_origins == both


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "null", "app.example", "https://*.app.example", "https://app.example/", "https://app.example/v1"),
        *("https://App.example", "http://app.example:80", "https://app.example:443", "https://app.example:0"),
        *("https://user@app.example", "https://", "https://a b", "file://", "https://a.example\u0661", "http://[::1"),
    ],
)
@pytest.mark.parametrize("setting", ["api_origins", "public_origins"])
def test_an_origin_that_no_browser_sends_is_an_error(setting: str, origin: str) -> None:
    with pytest.raises(BadSetting, match=setting):
        read_settings(**{setting: f"https://other.example,{origin}"})


def test_proxies_are_trusted_by_address_or_network() -> None:
    assert read_settings().trusted_proxies == ()
    assert read_settings(trusted_proxies="127.0.0.1, 10.8.0.0/16,::1").trusted_proxies == (
        "127.0.0.1",
        "10.8.0.0/16",
        "::1",
    )


@pytest.mark.parametrize("proxy", ["*", "localhost", "10.8.0.1/16", "127.0.0.1:80", "0.0.0.0/0", "::/0", "1.2.3"])
def test_a_wildcard_or_a_name_is_no_trusted_proxy(proxy: str) -> None:
    with pytest.raises(BadSetting, match="trusted_proxies"):
        read_settings(trusted_proxies=f"127.0.0.1,{proxy}")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().top_k = 3  # type: ignore[misc]


def test_a_key_is_never_printed() -> None:
    assert "sesame" not in repr(read_settings(llm_key="sesame"))


def test_the_corpus_to_read_is_the_one_named_else_default_else_the_only_one(tmp_path: Path) -> None:
    def make(*names: str) -> None:
        for name in names:
            (tmp_path / "corpora" / name).mkdir(parents=True)
            (tmp_path / "corpora" / name / "catalog.sqlite3").touch()

    assert read_settings(data_dir=tmp_path).corpus_to_read() == "default"
    make("seeds")
    assert read_settings(data_dir=tmp_path).corpus_to_read() == "seeds"
    make("news")
    assert read_settings(data_dir=tmp_path, corpus="seeds").corpus_to_read() == "seeds"
    with pytest.raises(BadSetting, match="news, seeds"):
        read_settings(data_dir=tmp_path).corpus_to_read()
    make("default")
    assert read_settings(data_dir=tmp_path).corpus_to_read() == "default"


def test_the_file_of_names_is_the_one_named_or_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert read_settings(data_dir=tmp_path).names_to_read is None
    (tmp_path / "names.tsv").touch()
    assert read_settings(data_dir=tmp_path).names_to_read == tmp_path / "names.tsv"
    assert read_settings(data_dir=tmp_path, names_file="~/mine.tsv").names_to_read == Path.home() / "mine.tsv"
