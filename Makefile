# Two commands matter: `make run` and `make test`. `make help` names the rest.

# The first Python that is new enough; another one: make PYTHON=/path/to/python3.13 run
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
LOCK_TOOLS := build/lock-tools
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Test processes. Many tests wait for something, so twice as many as there are cores.
JOBS ?= 4
# What to hand on: make run ARGS="--bare", make test ARGS="tests/vault -x"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install dev run test check bench soak lock clean chromium

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make .venv from the lock (nothing to do when it is up to date)

dev: $(INSTALLED_DEV) ## The same with the tools for tests and checks

run: install ## Start Baraza on http://localhost:8080 (ARGS=--bare: without the demo forum)
	@$(BIN)/baraza run $(ARGS)

test: dev chromium ## Run every test: both databases, a real browser (ARGS="tests/vault -x" for some)
	@$(BIN)/pytest -n $(JOBS) --dist loadgroup $(ARGS)

check: dev ## Lint, format, types, walls, catalogues, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m locales.catalogues check
	$(BIN)/python -m bots.wording
	$(BIN)/pytest -q tests/architecture

bench: dev ## Measure, beside floors of the same run, and tell it in docs/performance.md
	@$(BIN)/python -m tests.benchmarks $(ARGS)

soak: dev ## Kill the process again and again and count what was lost: nothing
	@$(BIN)/pytest -s -o faulthandler_timeout=0 tests/soak $(ARGS)

lock: $(LOCK_TOOLS)/bin/pip-compile ## Resolve both locks again, with hashes and without index hosts
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## Remove .venv, caches and builds; var/ (keys and database) stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how ---------------------------------------------------------------------------------------

COMPILE = $(LOCK_TOOLS)/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# pip is the last thing that a new environment gets, so it marks one that is whole.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo >&2 "Baraza needs Python 3.11 or newer, and found none. \
	Install one, or name it: make PYTHON=/path/to/python3.12 run"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo >&2 \
	"Baraza needs Python 3.11 or newer; $(PYTHON) is older or missing."; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo >&2 "$(PYTHON) cannot make \
	virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv $(VENV)

# A stamp is newer than its lock exactly when the lock has been installed. pyproject.toml counts
# too: it names the packages and the command.
$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/pip
	@echo "Installing from requirements.lock (a minute or two, the first time)"
	@$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(INSTALLED_DEV): $(INSTALLED) requirements-dev.lock
	@echo "Installing from requirements-dev.lock"
	@$(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@

$(LOCK_TOOLS)/bin/pip-compile: | $(BIN)/pip
	@$(BIN)/python -m venv $(LOCK_TOOLS)
	@$(LOCK_TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2

# The console's tests drive a real browser.
chromium:
	@test -x /usr/bin/chromium || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	&& echo "Installing chromium" && apt-get update --quiet=2 </dev/null >/dev/null \
	&& apt-get install --yes --quiet=2 --no-install-recommends chromium </dev/null >/dev/null; } \
	|| { echo >&2 "The console's tests need /usr/bin/chromium. \
	On Debian: sudo apt-get install chromium"; exit 1; }
