# Plain python3 and pip are enough; uv is used where it is there.
.DEFAULT_GOAL := help
.PHONY: help corpus spelling test check style types layers deep bench schema docs clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TESTED := $(VENV)/.ready-test
T      ?=

help:    ## list these targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

# The date of the shipped corpus: with it, the same bytes come out on every machine. The key
# that signs its card lies in the open, to show how it is done; it proves nothing.
corpus: export SOURCE_DATE_EPOCH := 1795305600
corpus: $(READY) ## build and audit the shipped corpus from the web that ships with the project
	rm -rf build/commons
	$(BIN)/estovers build manifests/commons.toml --web manifests/commons \
	    --key manifests/commons.key --datacards datacards
	$(BIN)/estovers audit build/commons --key manifests/commons.key.pub
	@echo
	@echo "Look at  datacards/commons/1.0.0/README.md what is in the corpus, and what is not"
	@echo "         build/commons/dataset             datasets.load_dataset('build/commons/dataset')"
	@echo "Ask      $(BIN)/estovers explain http://clay.example/"

# Made from the shipped corpus, which has 8,000 words: enough to see how it is traced.
spelling: build/commons/dataset ## make a spell checker of the shipped corpus, ask it, trace its answer
	rm -f build/spelling.duckdb
	$(BIN)/python -m examples.spelling train build/commons/dataset build/spelling.duckdb
	$(BIN)/python -m examples.spelling check build/spelling.duckdb "The comon has its ruls." || test $$? = 1
	$(BIN)/python -m examples.spelling trace build/spelling.duckdb common --limit 2

build/commons/dataset:
	$(MAKE) corpus

test: $(TESTED) ## the whole suite; T=path or T="-k words" narrows it
	$(BIN)/python -m pytest $(T)

check: style types layers test ## everything a commit must pass

style: $(TESTED) ## ruff, both halves
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(TESTED) ## mypy, strict
	$(BIN)/mypy

layers: $(TESTED) ## who may import whom
	$(BIN)/lint-imports

deep: $(TESTED) ## the laws, with many more examples
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -m law $(T)

bench: $(TESTED) ## ratios against peers in the same run, docs/benchmarks.md; T=scale for growth
	$(BIN)/python -m bench $(T)

schema: $(READY) ## write manifests/schema.json anew
	$(BIN)/python -c "from pipeline.manifest import render_schema; print(render_schema(), end='')" > manifests/schema.json

docs: $(TESTED) ## write the generated parts of README and docs anew
	$(BIN)/python tests/test_docs.py

clean:   ## remove what builds and tests made
	rm -rf build $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# uv where it is there and reaches an index; else, or if it fails, venv and pip.
define install
@{ command -v uv >/dev/null 2>&1 \
   && uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) \
   && uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '$(1)'; } \
 || { $(PYTHON) -m venv $(VENV) \
   && $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '$(1)'; }
@touch $@
endef

$(READY): pyproject.toml constraints.txt
	$(call install,.)

$(TESTED): $(READY)
	$(call install,.[test])
