# make demo | test | reader | bench; `make help` says what each does.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NENSEG := $(BIN)/nenseg
INSTALLED := $(VENV)/.installed

.PHONY: help setup demo test lint reader bench clean

help:
	@sed -n 's/^## //p' Makefile

## make setup     the virtual environment in .venv, with everything pinned in constraints.txt
setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	touch $(INSTALLED)

## make clean     remove what make demo, make bench and make setup made
clean:
	rm -rf demo bench $(VENV)
