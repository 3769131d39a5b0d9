"""``python -m eval.training``: train the reader, or measure what was trained."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from rag.models.reader_network import ReaderNetwork

MIX: Final = {
    "squad": 0.36,
    "tydi": 0.09,
    "arcd": 0.06,
    "mlqa": 0.07,
    "pquad": 0.18,
    "heq": 0.04,
    "xquad-en-ar": 0.10,
    "xquad-ar-en": 0.04,
}
"""What share of the questions each set gives: Arabic ones often, for they are few."""

NAME: Final = "isnad-reader"
NEWS: Final = 0.20
"""The share of the questions made from news, where there is a file of them; the others share the rest."""

logger = logging.getLogger("isnad.training")


def main(arguments: list[str] | None = None) -> int:
    """Train, going on with a run that was begun in the same folder, or measure its last checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m eval.training", description=__doc__)
    parser.add_argument("folder", type=Path, help="where checkpoints and the log are kept")
    parser.add_argument("--minutes", type=float, default=90, help="time of training, over all runs in this folder")
    parser.add_argument("--rate", type=float, default=1.5e-4, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--init", type=Path, help="weights to begin with, instead of the embedding model's own")
    parser.add_argument("--pack", type=Path, help="fit the weighing and write the weights to this file instead")
    parser.add_argument("--version", default="1", help="the version that the packed weights state")
    parser.add_argument("--made", type=Path, help="questions made from news by eval.training.news_questions")
    parser.add_argument("--measure", choices=("dev", "test"), help="measure instead, on this split")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)

    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from rag.config import read_settings
    from rag.models import bundled
    from rag.models.reader_network import load_trained, make

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    model = bundled.ensure(read_settings().models_dir)
    network = make(model)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    if options.init:
        load_trained(network, load_file(options.init))
    if options.pack:
        _pack(network, tokenizer, options)
    elif options.measure:
        _measure(network, tokenizer, options)
    else:
        _train(network, tokenizer, options)
    return 0


def _train(network: ReaderNetwork, tokenizer: Tokenizer, options: argparse.Namespace) -> None:
    from eval.bench.data import folder_of
    from eval.training.batches import Batches, Mix
    from eval.training.examples import Negatives, read
    from eval.training.train import TrainingPlan, train

    examples = read(folder_of(None), "train", made=options.made)
    logger.info("examples: %s", {source: len(found) for source, found in examples.by_source.items()})
    weights = (
        MIX if options.made is None else {name: (1 - NEWS) * share for name, share in MIX.items()} | {"news": NEWS}
    )
    batches = Batches(examples.by_source, Negatives(examples), tokenizer, Mix(weights), options.seed)
    train(network, batches, TrainingPlan(options.minutes, options.rate), options.folder)


def _measure(network: ReaderNetwork, tokenizer: Tokenizer, options: argparse.Namespace) -> None:
    from eval.bench.data import folder_of
    from eval.training.examples import Negatives, read
    from eval.training.measure import measure
    from eval.training.train import load_checkpoint
    from rag.models.reader import NetworkReader

    if not options.init:
        load_checkpoint(network, options.folder)
    reader = NetworkReader("trained", "", tokenizer, network.eval())
    examples = read(folder_of(None), options.measure)
    negatives = Negatives(examples)
    for source, found in examples.by_source.items():
        measured = measure(reader, found[:600], negatives)
        sys.stdout.write(json.dumps({"source": source, **measured.json()}) + "\n")
        sys.stdout.flush()


def _pack(network: ReaderNetwork, tokenizer: Tokenizer, options: argparse.Namespace) -> None:
    """Write the weights in 8 bits, with the weighing that was fitted for exactly these."""
    from eval.bench.data import folder_of, read_news, write
    from eval.corpora import opened
    from eval.sets import read_squad
    from eval.training.train import load_checkpoint
    from eval.training.weighing import NEWS as AMONG
    from eval.training.weighing import asked_of, fit, write_set
    from rag.config import Settings, read_settings
    from rag.models.reader import NetworkReader, ReaderWeights, write_weights
    from rag.models.reader_network import over

    if not options.init:
        load_checkpoint(network, options.folder)
    arrays = {name: one.detach().numpy() for name, one in network.named_parameters() if one.requires_grad}
    described = {"name": NAME, "version": options.version}
    write_weights(options.pack, arrays, described)
    reader = NetworkReader(NAME, "", tokenizer, over(network.encoder, ReaderWeights(options.pack).tensors()))
    data = folder_of(None)
    path, english = write_set(data, options.folder)
    settings = Settings(data_dir=read_settings().data_dir, corpus="reader-development", reader="off")
    with opened(read_squad(path), settings, write(read_news(data)[AMONG], options.folder / "news")) as corpus:
        asked = list(asked_of(corpus, reader, path, english))
    weighing = fit(asked)
    logger.info("fitted on %d questions: %s", len(asked), weighing)
    write_weights(options.pack, arrays, {**described, "weighing": weighing})


if __name__ == "__main__":
    sys.exit(main())
