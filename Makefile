# Each target sets up what it needs: a .venv in this checkout, from PyPI or what pip is set up for.
# PYTHON is any Python from 3.11 on; the newest of these by default.

SHELL := /bin/sh
.DEFAULT_GOAL := help

usable = $(shell $(1) -c 'import sys, venv, ensurepip; print(sys.version_info >= (3, 11))' 2>/dev/null)
first = $(firstword $(foreach one,python3.13 python3.12 python3.11 python3,$(if $(filter True,$(call usable,$(one))),$(one))))
ifeq ($(origin PYTHON),undefined)
PYTHON = $(eval PYTHON := $$(first))$(PYTHON)
endif

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# the two cores that this is meant for; JOBS=1 for one test after the other
JOBS ?= 2
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: help install demo test test-long lint bench property soak clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST))

install: $(STAMP) ## make .venv with everything that demo, test and lint need

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later with venv is needed: install it, or name one with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is not Python 3.11 or later: name another with PYTHON=..." >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## a synthetic history on a server of its own, attributed (ARGS="--events 50000 --keep")
	$(BIN)/python -m runner demo $(ARGS)

test: $(STAMP) ## the tests, on the embedded server (ARGS="--pg all -k session")
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations=40 -m "not long" $(ARGS)

test-long: $(STAMP) ## the tests, with those of which make test has a sample
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations=40 $(ARGS)

lint: $(STAMP) ## ruff and the style of the SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/check_sql.py

bench: $(STAMP) ## measure a first build and a night (ARGS="--events 5000000")
	$(BIN)/python -m benchmarks $(ARGS)

property: $(STAMP) ## many drawn histories against the reference (PROPERTY_EXAMPLES=500)
	PROPERTY_EXAMPLES=$${PROPERTY_EXAMPLES:-200} PROPERTY_SEED=$${PROPERTY_SEED:-random} \
		$(BIN)/python -m pytest tests/property $(ARGS)

soak: $(STAMP) ## the long tests: readers during every command, a session of a million events, 100 processes killed
	$(BIN)/python -m soak readers
	$(BIN)/python -m soak long-session
	$(BIN)/python -m soak kills $(ARGS)

clean: ## remove .venv and everything that was built
	rm -rf $(VENV) target logs .pytest_cache .ruff_cache .hypothesis build *.egg-info
	find runner tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
