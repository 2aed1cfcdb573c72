PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## say what each command does
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(VENV)/.runtime $(CATALOGUES) ## make .venv with the pinned dependencies and compile the translations

.PHONY: run
run: install ## start the web server and the worker; the first run makes the database and its samples
	$(FLASK) serve

.PHONY: test
test: $(VENV)/.development $(CATALOGUES) ## run the tests and print why any is skipped (ARGS="-k name")
	$(BIN)/pytest -rs $(ARGS)

.PHONY: check
check: lint types imports messages-check test ## everything that must pass before a change is handed in

.PHONY: lint
lint: $(VENV)/.development ## style of the code and its formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(VENV)/.development ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(VENV)/.development ## mypy, strict
	$(BIN)/mypy

.PHONY: imports
imports: $(VENV)/.development ## which package and module may import which
	$(BIN)/lint-imports

.PHONY: migrate
migrate: install ## bring the database to the newest schema
	$(FLASK) db upgrade

.PHONY: docs
docs: install ## write docs/rules.md and docs/workflows.md from the tables they describe
	$(BIN)/python -m deadlines.reference > docs/rules.md
	$(BIN)/python -m tools.workflows > docs/workflows.md

.PHONY: messages
messages: $(VENV)/.development ## collect the texts of the screens and show what lacks Chinese (ARGS="new.json")
	$(BIN)/python tools/messages.py $(ARGS)

.PHONY: messages-check
messages-check: $(VENV)/.development
	$(BIN)/python tools/messages.py --check

.PHONY: faults
faults: $(VENV)/.development $(CATALOGUES) ## the long form of the fault tests: processes killed, stopped and cut off
	PROCUREMENT_TEST_FAULTS=long $(BIN)/pytest -rs tests/faults $(ARGS)

.PHONY: bench
bench: $(VENV)/.development $(CATALOGUES) ## measure each workload beside its floor (ARGS="h3 --rows 1000000")
	$(BIN)/python -m bench $(ARGS)

.PHONY: lock
lock: $(VENV)/.development ## pin the dependencies anew (ARGS="--upgrade")
	$(BIN)/python tools/lock.py $(ARGS)

# -- files ---------------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; choose one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "Python's venv module is needed; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --use-pep517 --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --use-pep517 --require-hashes -r requirements-dev.lock
	@touch $@

%.mo: %.po | $(VENV)/.runtime
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
