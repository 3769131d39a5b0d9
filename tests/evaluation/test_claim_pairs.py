"""Training pairs of the verifier: what is trained on and what is not, and that the marked words are the wrong ones."""

from __future__ import annotations

import csv
import io
import json
import lzma
import random
import tarfile
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from test_training import folder as folder
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from eval.bench.claims import ClaimRow
from eval.bench.data import read_news
from eval.training.claim_pairs import (
    EDITS,
    WRITTEN,
    Change,
    ClaimPair,
    Drawn,
    Pools,
    applied,
    headlines,
    held_titles,
    kept_words,
    originals,
    pairs,
    parallel,
    played,
    protected_news,
    read,
    restated,
    switched,
    written,
)
from eval.training.examples import MEASURED_NEWS
from eval.training.verifier import (
    CHECKPOINT,
    batches_of,
    fitted,
    loss_of,
    measure,
    row_of,
    train,
)
from rag.models import bundled
from rag.models.verifier import NetworkVerifier, by_word
from rag.models.verifier_network import VerifierNetwork
from rag.types import Context, Span


def drawn(text: str, *, language: str = "ar", beside: str = "", seed: int = 1) -> Drawn:
    others = (tuple(beside.split()),) if beside else ()
    return Drawn(tuple(text.split()), language, others, (), Pools(), random.Random(seed))


def changed(kind: str, text: str, **options: str) -> set[tuple[str, tuple[str, ...]]]:
    """What an edit of this kind makes of a text with 20 seeds, each with the words that it marks."""
    found = set()
    for seed in range(20):
        one = drawn(text, seed=seed, **options)  # type: ignore[arg-type]
        words, wrong = applied(one.words, EDITS[kind][1](one))
        found.add((" ".join(words), tuple(words[at] for at in sorted(wrong))))
    return found


def test_a_modality_is_weakened_and_its_words_are_marked() -> None:
    assert changed("modality", "الوزير سيزور سوتشي غدا") == {("الوزير قد يزور سوتشي غدا", ("قد", "يزور"))}
    assert changed("modality", "The minister will visit Sochi", language="en") <= {
        ("The minister may visit Sochi", ("may",)),
        ("The minister might visit Sochi", ("might",)),
        ("The minister must visit Sochi", ("must",)),
    }


@pytest.mark.parametrize(
    ("text", "language", "made", "marked"),
    [
        ("لن يزور الوزير سوتشي", "ar", "سيزور الوزير سوتشي", ("سيزور",)),
        ("أعلن الوزير استقالته", "ar", "لم يعلن الوزير استقالته", ("لم", "يعلن")),
        ("He did not visit Sochi", "en", "He did visit Sochi", ("visit",)),
        ("The team won the cup", "en", "The team did not win the cup", ("did", "not", "win")),
    ],
)
def test_a_negation_is_added_or_dropped(text: str, language: str, made: str, marked: tuple[str, ...]) -> None:
    assert changed("negation", text, language=language) == {(made, marked)}


def test_an_antonym_and_a_bound_change_only_their_own_words() -> None:
    assert changed("antonym", "ارتفعت الأسعار") == {("انخفضت الأسعار", ("انخفضت",))}
    assert changed("bound", "more than 40 people", language="en") == {("less than 40 people", ("less", "than"))}
    assert changed("bound", "at least 40 people", language="en") == {("at most 40 people", ("most",))}


def test_a_figure_becomes_another_figure_and_its_punctuation_stays() -> None:
    unchanged = ("قتل 40، في حلب", ())
    made = changed("figure", "قتل 40، في حلب") - {unchanged}  # in a quarter only words of number are looked for
    assert len(made) > 3
    for text, marked in made:
        _, figure, *rest = text.split()
        assert marked == (figure,)
        assert figure.removesuffix("،").isdigit()
        assert figure != "40،"
        assert rest == ["في", "حلب"]


def test_a_sentence_without_a_place_for_an_edit_stays_as_it_is() -> None:
    assert changed("unit", "زار الوزير سوتشي") == {("زار الوزير سوتشي", ())}


def test_the_second_half_of_a_merged_claim_is_another_sentences() -> None:
    text, beside = "a1 a2 a3 a4 a5 a6 a7 a8", "b1 b2 b3 b4 b5 b6 b7 b8"
    made = changed("merged", text, language="en", beside=beside)
    assert made == {("a1 a2 a3 a4 b5 b6 b7 b8", ("b5", "b6", "b7", "b8"))}


def test_where_words_are_only_removed_the_next_one_is_marked() -> None:
    assert applied(("لا", "يزور", "سوتشي"), [Change(0, 1, ())]) == (("يزور", "سوتشي"), frozenset({0}))


def test_an_edit_of_the_quote_marks_the_words_of_the_claim_that_it_took_away() -> None:
    assert originals([Change(1, 3, ("x",)), Change(4, 4, ("y",))], 5) == frozenset({1, 2, 4})


def test_a_shorter_claim_loses_its_bracket_and_keeps_the_order() -> None:
    words = (
        "In",
        "1990",
        "(the",
        "year",
        "of",
        "the",
        "war)",
        "he",
        "left",
        "the",
        "city",
        "for",
        "good,",
        "and",
        "never",
        "came",
        "back.",
    )
    for seed in range(20):
        kept = kept_words(words, "en", random.Random(seed))
        assert kept == sorted(kept)
        assert not {2, 3, 4, 5, 6} & set(kept)


def test_a_reporting_verb_moves_behind_its_speaker() -> None:
    words = ("أعلن", "وزير", "الداخلية", "أن", "الحدود", "مفتوحة")
    made = {" ".join(restated(words, "ar", random.Random(seed))) for seed in range(30)}
    assert "وزير الداخلية أعلن أن الحدود مفتوحة" in made


def test_words_put_into_the_other_language_point_to_their_old_ones() -> None:
    words = ("زار", "الوزير", "باراغواي", "أمس")
    for seed in range(10):
        made, origin = switched(words, "ar", random.Random(seed))
        assert len(made) == len(origin)
        assert all(
            word == words[at] or not word.isascii() or word.isalpha() for word, at in zip(made, origin, strict=True)
        )
        assert made[origin.index(2)] in ("باراغواي", "Paraguay")


@pytest.fixture(scope="module")
def data(folder: Path) -> Path:
    """The public files in small, with headlines and players' claims."""
    for part, rows in {
        "train": [("ارتفاع النفط", "صعود النفط", "agree"), ("هبوط الذهب", "ارتفاع الذهب", "disagree"),
                  ("زيارة سوتشي", "شأن آخر", "other"), ("وصول الوفد", "مغادرة الوفد", "disagree")],
        "dev": [("هبوط الذهب", "تراجع الذهب", "agree")],
    }.items():  # fmt: skip
        with (folder / f"ans-stance-{part}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("s1", "s2", "stance"), *rows])
    lines = [
        {
            "wikipedia_page": f"page {number}",
            "label": label,
            "text": f"claim {number}",
            "gold_evidence": [{"text": "a"}],
        }
        for number in range(40)
        for label in ("SUPPORTS", "REFUTES")
    ]
    (folder / "fm2-dev.jsonl.xz").write_bytes(lzma.compress("\n".join(map(json.dumps, lines)).encode()))
    with tarfile.open(folder / "ant.tar.xz", "w:xz") as archive:
        for number in range(MEASURED_NEWS + 10):
            told = f"أعلن وزير الداخلية أن {number + 10} شخصا وصلوا إلى مدينة حلب يوم الخميس، وذلك بعد اتفاق جديد."
            prices = f"وارتفعت الأسعار في جميع الأسواق بنسبة {number} بالمائة منذ بداية شهر جانفي."
            body = f"<TEXT>\n{told} {prices}\n</TEXT>".encode()
            member = tarfile.TarInfo(f"ant/{number}.txt")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return folder


def test_headlines_of_the_measured_part_are_not_trained_on(data: Path) -> None:
    trained = [(pair.quote, pair.true) for pair in headlines(data, "train")]
    assert trained == [("ارتفاع النفط", True), ("وصول الوفد", False)]
    assert [pair.claim for pair in headlines(data, "measure")] == ["تراجع الذهب"]


def test_no_page_of_players_claims_is_in_both_folds(data: Path) -> None:
    trained, measured = ({pair.claim for pair in played(data, fold)} for fold in ("train", "measure"))
    assert trained
    assert measured
    assert not trained & measured
    assert len(trained | measured) == 40


def test_parallel_texts_are_the_odd_ones_that_no_held_claim_is_about(data: Path) -> None:
    names = {one.article for one in parallel(data)}
    assert names <= {f"xquad-{number}" for number in range(1, 48, 2)}
    assert {"Southern_California", "Kenya"} <= held_titles()  # two of the sources in held.jsonl


def test_the_news_behind_the_claims_is_known_by_name_and_by_quote() -> None:
    files, quotes = protected_news()
    assert "JA-localNews-3713-20170503.txt" in files
    assert all(len(quote) > 10 for quote in quotes)


@pytest.fixture(scope="module")
def claims(data: Path) -> Path:
    """Claims about articles of the small ANT."""
    lines = [
        ("train", "1\tF\tplace\tوصل عشرة إلى دمشق\tدمشق"),
        ("fit", "1-2\tT\tshorter\tوصل عشرة إلى حلب\t"),
        ("measure", "2\tT\tshorter\tزادت الأسعار\t"),
    ]
    article = read_news(data)[0].id
    file = data / "claims.tsv.xz"
    file.write_bytes(lzma.compress("".join(f"{fold}\t{article}\t{rest}\n" for fold, rest in lines).encode()))
    return file


def test_written_claims_are_beside_the_sentences_that_they_name(data: Path, claims: Path) -> None:
    text = read_news(data)[0].text
    first, second = (next(iter(written(data, fold, claims))) for fold in ("train", "fit"))
    assert text.startswith(first.quote)
    assert first.quote.endswith("جديد.")
    assert [span.of(first.claim) for span in first.wrong] == ["دمشق"]
    assert (first.true, second.true) == (False, True)
    assert second.quote == text.strip()
    assert first.languages == "ar-ar"


def test_the_claims_written_for_this_project_name_what_is_there() -> None:
    lines = [line.split("\t") for line in lzma.decompress(WRITTEN.read_bytes()).decode().splitlines()]
    assert {len(line) for line in lines} == {7}
    assert {line[0] for line in lines} == {"train", "fit", "measure"}
    assert all(line[6] in line[5] for line in lines)
    folds = {fold: {line[1] for line in lines if line[0] == fold} for fold in ("train", "fit", "measure")}
    assert not folds["train"] & (folds["fit"] | folds["measure"])
    assert not folds["fit"] & folds["measure"]


def test_pairs_depend_only_on_the_seed_and_false_ones_differ_from_their_quote(data: Path, claims: Path) -> None:
    sizes = {"ant": 40, "switched": 10, "squad": 40, "xquad": 40}
    made = list(pairs(data, 3, sizes, claims))
    assert made == list(pairs(data, 3, sizes, claims))
    assert made != list(pairs(data, 4, sizes, claims))
    assert [pair.source for pair in made].count("written") == 3  # one twice to train on, one for development
    assert made[-1].claim == "وصل عشرة إلى حلب"
    assert {pair.true for pair in made} == {True, False}
    for pair in made:
        assert pair.true or pair.claim != pair.quote
        assert not (pair.true and pair.wrong)
        assert all(span.of(pair.claim).strip() == span.of(pair.claim) for span in pair.wrong)


def test_written_pairs_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    one = ClaimPair("سيزور حلب", "لن يزور حلب", False, "negation", "ant", "ar-ar", (Span(0, 5),))
    file.write_text(json.dumps(asdict(one), ensure_ascii=False) + "\n", encoding="utf-8")
    assert read(file) == [one]


# The network, and what it is trained to say.


@pytest.fixture(scope="module")
def tokenizer(models: Path) -> Tokenizer:
    return Tokenizer.from_file(str(models / bundled.FOLDER / "tokenizer.json"))


@pytest.fixture
def encoder() -> BertModel:
    """The embedding model's form, very small, with random weights."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=250037,
        hidden_size=32,
        num_hidden_layers=6,
        num_attention_heads=2,
        intermediate_size=32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertModel(config, add_pooling_layer=False)


def test_the_tokens_of_wrong_words_are_marked(tokenizer: Tokenizer) -> None:
    pair = ClaimPair("زار الوزير دمشق", "زار الوزير حلب", False, "place", "ant", "ar-ar", (Span(11, 15),))
    row = row_of(pair, tokenizer)
    marked = [one for one, wrong in zip(row.ids[1:], row.wrong, strict=False) if wrong]
    assert tokenizer.decode(marked).strip() == "دمشق"
    assert row.marked
    assert row.ids[0] == 0
    assert row.ids.count(2) == 2


def test_a_false_claim_of_unknown_words_teaches_no_token(tokenizer: Tokenizer) -> None:
    pair = ClaimPair("هبوط الذهب", "ارتفاع الذهب", False, "headline", "ans", "ar-ar")
    assert not row_of(pair, tokenizer).marked
    assert row_of(replace(pair, true=True), tokenizer).marked


def test_training_teaches_the_verifier_and_leaves_the_encoder_as_it_is(
    encoder: BertModel, tokenizer: Tokenizer
) -> None:
    network = VerifierNetwork(encoder)
    before = {name: one.detach().clone() for name, one in encoder.named_parameters()}
    claims = [(city, quote) for city in ("حلب", "دمشق") for quote in ("حلب", "دمشق")]
    pairs_of = [
        ClaimPair(one, quote, one == quote, "place", "ant", "ar-ar", () if one == quote else (Span(0, len(one)),))
        for one, quote in claims
    ]
    batches = batches_of([row_of(pair, tokenizer) for pair in pairs_of] * 4)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for _ in range(200):
        for batch in batches:
            optimizer.zero_grad()
            loss_of(network, batch).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    measured = measure(network, batches)
    assert measured["area"] == measured["token area"] == measured["right"] == 1.0
    assert all(torch.equal(one, before[name]) for name, one in encoder.named_parameters())


def test_shared_layers_give_what_the_encoder_gives(encoder: BertModel) -> None:
    network = VerifierNetwork(encoder.eval()).eval()
    ids = torch.tensor([[0, 5, 6, 2, 7, 2], [0, 5, 2, 7, 2, 1]])
    mask = ids != 1
    hidden = encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    support, wrong = network(network.below(ids, mask), mask)
    assert torch.allclose(support, network.support(hidden[:, 0]).squeeze(-1), atol=1e-5)
    assert torch.allclose(wrong[mask], network.wrong(hidden).squeeze(-1)[mask], atol=1e-5)


def test_training_ends_by_the_clock_and_keeps_the_weights(
    encoder: BertModel, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    pair = ClaimPair("حلب", "حلب", True, "restated", "ant", "ar-ar")
    rows = [row_of(pair, tokenizer), row_of(replace(pair, quote="دمشق", true=False, wrong=(Span(0, 3),)), tokenizer)]
    network = VerifierNetwork(encoder)
    batches = batches_of(rows)
    train(network, batches, batches, Namespace(minutes=0.02, rate=1e-2, seed=1, folder=tmp_path))
    kept = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert kept["step"] > 0
    assert set(kept["network"]) == {name for name, _ in network.named_parameters()}
    assert all(torch.equal(kept["network"][name], one) for name, one in network.state_dict().items())


class Embeds:
    """All texts lie in one place."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), dtype=np.float32)


def test_the_weights_tell_true_claims_from_false_ones_by_what_differs(encoder: BertModel, tokenizer: Tokenizer) -> None:
    rows = [
        ClaimRow("1", True, "paraphrase", "ar", "ar", "زار حلب", ("زار الوزير حلب",), (Context(),)),
        ClaimRow("2", False, "figure", "ar", "ar", "زار 7 مدن", ("زار ثلاث مدن",), (Context(),)),
    ] * 3
    verifier = NetworkVerifier("tiny", "", tokenizer, VerifierNetwork(encoder.eval()).eval())
    weights = fitted(rows, verifier, Embeds())  # type: ignore[arg-type]
    assert weights["figure"] < 0
    assert {"bias", "support", "least", "near", "across", "figure"} <= set(weights)


def test_a_word_of_several_tokens_has_the_highest_of_their_logits() -> None:
    assert by_word("زار 1,500 شخص", [(0, 3), (4, 5), (5, 9), (10, 13)], [0.1, 2.0, -1.0, 0.3]) == [
        (Span(0, 3), 0.1),
        (Span(4, 9), 2.0),
        (Span(10, 13), 0.3),
    ]


def test_claims_are_read_in_their_order_whatever_their_length(encoder: BertModel, tokenizer: Tokenizer) -> None:
    verifier = NetworkVerifier("tiny", "", tokenizer, VerifierNetwork(encoder.eval()).eval())
    claims = ["زار الوزير مدينة حلب يوم الخميس", "حلب", ""]
    together = verifier.verify(claims, ["حلب"] * 3)
    for claim, found in zip(claims, together, strict=True):
        alone = verifier.verify([claim], ["حلب"])[0]
        assert found.support == pytest.approx(alone.support, abs=1e-4)
        assert [span.of(claim) for span, _ in found.words] == claim.split()
    assert together[2].least is None
