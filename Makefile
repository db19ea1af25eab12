.PHONY: demo test slow nightly docs lint audit coverage processors wheel newest lowest lock bench clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

# For every pip below, and where it builds the package; a newer pip reads the second name there.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

demo: $(VENV)/demo
	rm -rf demo
	$(BIN)/python docs/sample_photos.py demo/photos
	$(BIN)/degradekit synth --order 2 demo/photos demo/shards --variants 4 --shard-size 2
	$(BIN)/degradekit preview demo/photos -o demo/preview.png
	$(BIN)/python docs/first_look.py demo/shards
	@echo "Now look at demo/preview.png"

test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto

# spandrel reads weights independently of the trainer; it asks for torchvision and does not need it here. Where a build is not
# isolated, pip refuses constraints on what it builds with.
slow: $(VENV)/dev
	$(BIN)/pip install -q --no-deps spandrel einops
	$(BIN)/pip install -q setuptools
	PIP_BUILD_CONSTRAINT= $(BIN)/pip install -q --no-deps --no-build-isolation -r .ci/trainers.txt
	$(BIN)/python -m pytest -n auto -m slow

# 50,000 damaged and hostile files, by the kinds of tests/fuzz.
nightly: $(VENV)/dev
	$(BIN)/python -m pytest -n auto -m nightly

# The site. Any warning fails it: of a link, of a page in no contents, of a name that the reference does not know.
docs: $(VENV)/docs
	$(BIN)/python -m sphinx -q -W --keep-going -j auto docs docs/_build/html
	@echo "Now open docs/_build/html/index.html"

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The hosted workflow, read for what could let a stranger in.
audit: | $(VENV)/pyvenv.cfg
	$(BIN)/pip install -q zizmor
	$(BIN)/zizmor --offline --pedantic .

coverage: $(VENV)/dev
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

# The fast tests as on other processors, as an installed wheel, and with the newest and the lowest versions allowed.
processors: $(VENV)/dev
	PYTHON=$(BIN)/python .ci/processors

wheel:
	PYTHON=$(PYTHON) .ci/wheel

newest lowest:
	PYTHON=$(PYTHON) .ci/versions $@

lock: | $(VENV)/pyvenv.cfg
	$(BIN)/pip install -q uv
	UV=$(BIN)/uv .ci/lock

# Peers join where they are installed: see docs/benchmarks.md.
bench: $(VENV)/dev
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/parts.py
	$(BIN)/python benchmarks/operators.py

# A stamp for each set of packages, so that a second `make` starts at once.
$(VENV)/demo: pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	@echo "Installing into $(VENV), which takes a minute the first time"
	@$(BIN)/pip install -q -e '.[demo]'
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	@echo "Installing into $(VENV), which takes a minute or two the first time"
	@$(BIN)/pip install -q -e '.[dev,train]'
	@touch $(VENV)/demo $@

$(VENV)/docs: pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	@echo "Installing into $(VENV), which takes a minute or two the first time"
	@$(BIN)/pip install -q -e '.[docs]'
	@touch $(VENV)/demo $@

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) demo build dist docs/_build
