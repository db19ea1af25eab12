.PHONY: demo test lint bench clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

demo: $(VENV)/demo
	rm -rf demo
	$(BIN)/python docs/sample_photos.py demo/photos
	$(BIN)/degradekit synth --order 2 demo/photos demo/shards --variants 4 --shard-size 2
	$(BIN)/degradekit preview demo/photos -o demo/preview.png
	$(BIN)/python docs/first_look.py demo/shards
	@echo "Now look at demo/preview.png"

test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# basicsr, the reference, joins where it is installed: see benchmarks/reference.py.
bench: $(VENV)/dev
	$(BIN)/python benchmarks/run.py

# A stamp for each set of packages, so that a second `make` starts at once.
$(VENV)/demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing into $(VENV), which takes a minute the first time"
	@$(BIN)/pip install -q -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing into $(VENV), which takes a minute or two the first time"
	@$(BIN)/pip install -q -c constraints.txt -e '.[dev,train]'
	@touch $(VENV)/demo $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) demo build dist
