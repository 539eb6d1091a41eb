# make demo | test | reader | bench; `make help` says what each does.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NENSEG := $(BIN)/nenseg
INSTALLED := $(VENV)/.installed
# Two workers: what the tests are planned for.
PYTEST := QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2

.PHONY: help setup demo test soak lint reader bench screenshots clean

help:
	@sed -n 's/^## //p' Makefile

## make setup     the virtual environment in .venv, with everything pinned in constraints.txt
setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[ensemble,test]'
	touch $(INSTALLED)

## make demo      a digital patient as DICOM PET/CT, its SUV, its lesions by both methods, a picture of the two
demo: setup
	rm -rf demo
	$(NENSEG) phantom --seed 11 --lesions 16 --out demo/patient
	$(NENSEG) suv demo/patient --out demo/pet.nrrd
	$(NENSEG) segment demo/patient --method both --liver auto --out demo/lesions

## make test      every test
test: setup
	$(PYTEST)

## make soak      the long versions: 200 kills, 8 writers at once for a minute, in a file and on a server (Docs/soak.md)
soak: setup
	SOAK=yes QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 0 -s Testing/study/test_store_kill.py Testing/scene/test_study_kill.py

## make lint      style, types and layers
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

## make bench     the benchmarks, each a ratio against a named peer measured in the same run
bench: setup
	$(BIN)/python Testing/Benchmarks/run.py

## make screenshots   the pictures of README.md and of the tutorials in Docs
screenshots: demo
	PYTHONPATH=Testing QT_QPA_PLATFORM=offscreen $(BIN)/python Testing/Screenshots/make_screenshots.py
	PYTHONPATH=Testing QT_QPA_PLATFORM=offscreen $(BIN)/python Testing/Screenshots/make_study_screenshots.py
	PYTHONPATH=Testing QT_QPA_PLATFORM=offscreen $(BIN)/python Testing/Screenshots/make_report_screenshot.py
	PYTHONPATH=Testing $(BIN)/python Testing/Screenshots/make_reader_screenshots.py

## make reader    the browser reader on a digital patient; prints its address
reader: setup
	[ -d demo/patient ] || $(NENSEG) phantom --seed 11 --lesions 16 --out demo/patient
	$(NENSEG) reader demo/patient

## make clean     remove what the other targets made
clean:
	rm -rf demo $(VENV)
