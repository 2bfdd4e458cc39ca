# Everything a person does with this checkout. Needs make and Python 3.11 or newer; uv is used where it is installed.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# The first Python that is new enough; make PYTHON=… names another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format docs lock bench clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Put recon and its pinned dependencies into .venv

# hatchling builds recon, and is pinned with the rest: hence no build isolation.
$(INSTALLED): requirements.lock pyproject.toml
	@if command -v uv >/dev/null; then \
		echo "Installing into $(VENV) with uv …"; \
		{ test -x $(BIN)/python || uv venv --quiet --python "$(or $(PYTHON),>=3.11)" $(VENV); } && \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	elif test -n "$(PYTHON)"; then \
		echo "Installing into $(VENV) with pip; this takes a minute or two …"; \
		{ test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) || \
			{ echo "Python's venv does not work; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; } && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	else \
		echo "No Python 3.11 or newer found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi
	@touch $@

demo: $(INSTALLED) ## Run the whole job twice against a local Braze and Segment
	@$(BIN)/recon demo

# A file's tests stay together, for they share what is costly to make.
test: $(INSTALLED) ## Run the tests; make test ARGS="-k drift" runs some
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(INSTALLED) ## Check style, types, layers and SQL, as CI does
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/project/lint_sql.py lint --disable-progress-bar sql

format: $(INSTALLED) ## Lay out Python and SQL
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(BIN)/python tests/project/lint_sql.py fix --disable-progress-bar --quiet sql

docs: $(INSTALLED) ## Write docs/configuration.md and docs/cli.md anew from the code
	$(BIN)/python -m recon.config.reference > docs/configuration.md
	$(BIN)/python tests/project/cli_page.py > docs/cli.md

# The options and --no-config keep index addresses out of the file, those of a local set-up too.
lock: ## Pin the newest dependencies that pyproject.toml allows; needs uv
	uv pip compile --no-config --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --extra sandbox --group dev pyproject.toml -o requirements.lock

bench: $(INSTALLED) ## Measure a run of a million profiles; takes a while
	@$(BIN)/python tests/bench/night.py $(ARGS)

clean: ## Remove what was made here, .venv too
	rm -rf $(VENV) recon-demo bench-night bench-apply dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
