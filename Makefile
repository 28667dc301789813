# make run                            a demo docket around now, two local receivers, reminders at once
# make run CALENDAR=file SOURCE=name  the same on a real list, in a database of its own
# make test                           all checks and tests, PostgreSQL included; what CI runs
# make check                          style, types, imports and dependencies alone
# make soak                           every crash point in turn; takes most of an hour
# make bench                          measure; prints, never fails on speed
# make lock                           renew the exact versions; LOCK_FLAGS=--upgrade takes the newest

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
INSTALLED := .venv/.installed
PEERS := .venv/peers
SYSTEM := libfaketime strace

.PHONY: .venv run test system check lint types imports deps coverage soak bench lock clean

.venv: $(INSTALLED)

# Everything, the build backend included, comes from the lock with its hash; the project itself is
# then only linked. The second call finds the stamp and does nothing.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: .venv
	@$(BIN)/notifier demo $(if $(CALENDAR),--calendar "$(CALENDAR)" --source "$(SOURCE)")

test: check system
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report= --cov-fail-under=0 $(PYTEST_ARGS)
	$(MAKE) coverage

# Debian packages that tests run the program under. Only root can install them: where they are
# missing, such a test is skipped by name.
system:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0; \
	missing=$$(for one in $(SYSTEM); do dpkg -s "$$one" &>/dev/null || echo "$$one"; done); \
	[ -z "$$missing" ] || { \
	  echo "Installing" $$missing "…"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -qq --no-install-recommends $$missing >/dev/null; \
	} || echo "They cannot be installed; tests that need them will be skipped." >&2

# Every branch of the rules and of a hearing's way is taken by some test.
coverage: .venv
	$(BIN)/python -m coverage report

check: lint types imports deps

lint: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv
	$(BIN)/mypy

imports: .venv
	$(BIN)/lint-imports --no-logo

deps: .venv
	$(BIN)/deptry .

soak: .venv system
	$(BIN)/python -m pytest tests/acceptance --override-ini=python_files='soak_*.py' -s -q --timeout=0

bench: .venv
	@$(MAKE) $(PEERS)/.installed || echo "The peers cannot be installed; they will be skipped." >&2
	$(BIN)/python -m pytest tests/bench --override-ini=python_files='bench_*.py' -s -q --timeout=0

# What delivery is measured against lives apart, so that it changes no version of ours.
$(PEERS)/.installed: tests/bench/peers/requirements.lock
	@echo "Installing the benchmark's peers into $(PEERS) …"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Needs nothing installed: uv comes into a directory of its own. One lock serves every Python from
# 3.11 on and every system; it names no index, so yours is used.
lock:
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	  $(PYTHON) -m venv "$$dir" && "$$dir/bin/pip" install --quiet --disable-pip-version-check uv && \
	  "$$dir/bin/uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-header --extra postgres --extra fast \
	    --group build --group test --group lint $(LOCK_FLAGS) --output-file requirements.lock && \
	  "$$dir/bin/uv" pip compile --group bench --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-header $(LOCK_FLAGS) \
	    --output-file tests/bench/peers/requirements.lock

clean:
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
	  .ruff_cache build dist
	find notifier tests -name __pycache__ -type d -prune -exec rm -rf {} +
