.PHONY: demo test lint clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

demo: $(VENV)/demo
	@$(BIN)/python -m degradekit_cli.demo demo

test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# A stamp for each set of packages, so that a second `make` starts at once.
$(VENV)/demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install -q -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install -q -c constraints.txt -e '.[dev,train]'
	@touch $@ $(VENV)/demo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) demo build dist
