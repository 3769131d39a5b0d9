# Two commands: `make chat` and `make test`. Everything they need goes into .venv; nothing else is changed.
PYTHON ?= python3
TORCH_INDEX ?=
GENERATOR ?= auto
MINUTES ?= 480
# Questions made from news, by `python -m eval.training.news_questions`.
MADE ?=
# Processes that share the tests; 0: all in one.
WORKERS ?= 2
# Taken as it is: a question may hold a dollar sign.
override Q := $(value Q)
export Q

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --retries 5
CORPUS := seeds

.PHONY: help setup ingest ask chat test quick lint types contracts tests docs bench eval reader verifier evaluation screenshots soak clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

$(VENV)/.base: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Isnad needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch==2.13.0 $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))
	$(PIP) -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) -c constraints.txt -e '.[local,dev]'
	@touch $@

setup: $(VENV)/.base ## Make the virtual environment

ingest: setup ## Ingest seeds/ into the corpus `seeds`
	$(BIN)/isnad ingest seeds --corpus $(CORPUS)

.PHONY: seeded
seeded: setup
	@$(BIN)/isnad ingest seeds --corpus $(CORPUS) --if-missing

ask: seeded ## Answer a question: make ask Q="من زار سوتشي؟"
	@$(BIN)/isnad ask --corpus $(CORPUS) --generator $(GENERATOR) -- "$$Q" || [ $$? -eq 3 ]

chat: seeded ## Open the chat over seeds/ at http://127.0.0.1:7860
	@$(BIN)/isnad chat --corpus $(CORPUS) --generator $(GENERATOR)

test: lint types contracts tests ## Run everything: lint, types, import contracts, tests

quick: $(VENV)/.dev lint ## Lint and the tests that need no model, server or browser, in under a minute
	OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 $(BIN)/pytest -q -n $(WORKERS) -k 'not real_reader' tests/text tests/verify tests/generate tests/test_citations.py tests/test_fusion.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

.PHONY: browser
browser: # Chromium, for the tests that look at the page
	@.ci/chromium

.PHONY: servers
servers: # PostgreSQL, for the tests of a catalog on a server
	@.ci/postgresql

.PHONY: proxy
proxy: # nginx, for the tests of a proxy with TLS
	@.ci/nginx

# A file goes to one process whole, and the long ones, which come early in the alphabet, are not left for the end.
tests: $(VENV)/.dev browser servers proxy
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

bench: $(VENV)/.dev browser ## Run the benchmarks (their data: see docs/benchmarks.md)
	HF_HUB_OFFLINE=1 $(BIN)/python -m eval.bench

docs: $(VENV)/.base ## Write docs/settings.md from the code
	$(BIN)/python docs/make_settings.py

screenshots: $(VENV)/.dev browser ## Draw the pictures of the documentation anew, in docs/screenshots/
	HF_HUB_OFFLINE=1 $(BIN)/python docs/screenshots.py

eval: $(VENV)/.dev ## Run the question sets of the project and hold them against their baselines
	@eval/baselines/run $(BIN)/isnad

reader: $(VENV)/.dev ## Train the reader anew for MINUTES and pack it (hours; its data: see docs/reader.md)
	HF_HUB_OFFLINE=1 $(BIN)/python -m eval.training build/reader --minutes $(MINUTES) $(if $(MADE),--made $(MADE))
	HF_HUB_OFFLINE=1 $(BIN)/python -m eval.training build/reader --pack rag/models/reader.safetensors

verifier: $(VENV)/.dev ## Train the verifier of claims anew for MINUTES and pack it (its data: see docs/reader.md)
	mkdir -p build/verifier
	HF_HUB_OFFLINE=1 $(BIN)/python -m eval.training.claim_pairs build/verifier/pairs.jsonl
	HF_HUB_OFFLINE=1 $(BIN)/python -m eval.training.verifier build/verifier/pairs.jsonl build/verifier --minutes $(MINUTES)
	HF_HUB_OFFLINE=1 $(BIN)/python -m eval.training.verifier build/verifier/pairs.jsonl build/verifier --pack rag/models/verifier.safetensors

evaluation: $(VENV)/.dev ## Measure docs/evaluation.md anew (hours; their data: see docs/benchmarks.md)
	@docs/evaluation.sh $(BIN)

soak: $(VENV)/.dev ## Property tests on a thousand examples each, 500 killed ingests, the whole of ANT
	HF_HUB_OFFLINE=1 HYPOTHESIS_PROFILE=soak $(BIN)/pytest $$(grep -rlE 'hypothesis|from soak' tests --include='test_*.py')
	HF_HUB_OFFLINE=1 $(BIN)/python -m eval.bench.ingest

clean: ## Remove the virtual environment and caches; corpora and models stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
