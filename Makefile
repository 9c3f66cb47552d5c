# Every command of this project. What needs the environment makes it: .venv, from the locked requirements, by pip alone.

PAPER ?=
TESTS ?=
ROWS ?=
CASES ?=
UV := uv==0.13.9
# What the container image can run beside the rest: every job type, on PostgreSQL too.
IMAGE_EXTRAS := ai parquet pdf-report postgres science

# The first Python that is new enough and can make an environment; PYTHON=/path/to/python overrides the search.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$python"; break; }; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all:
COMPILE = .venv-lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--fork-strategy fewest --group build --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help up demo test check lint types imports lua pytest format docs shots bench faults fuzz lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

up: .venv/runtime.stamp  ## Run everything here with the invented jobs of a lab, and open the dashboard
	@$(BIN)/callboard up --demo --open

demo: .venv/runtime.stamp  ## Process a paper and print its report; PAPER=path/to/any.pdf takes yours
	@$(BIN)/callboard demo $(if $(PAPER),"$(PAPER)")

test: check  ## All that a contributor must pass, some twenty minutes; nothing has to be installed
check: lint types imports lua pytest  ## The same, as CI runs it: lint, types, imports, Lua, tests

lint: .venv/dev.stamp  ## Look for mistakes and check the layout
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

types: .venv/dev.stamp  ## Check the types, strictly in callboard/
	$(BIN)/mypy

imports: .venv/dev.stamp  ## Check that imports follow the arrows of ARCHITECTURE.md
	$(BIN)/lint-imports --no-logo

lua: .venv/dev.stamp  ## Check the Lua scripts: they parse, and keep contract, names and length
	$(BIN)/python -m pytest --quiet -p no:randomly tests/house/test_lua.py

pytest: .venv/dev.stamp .venv/promtool.stamp  ## Run the tests; TESTS=tests/callboard runs some
	@# They start hundreds of processes, each of which would compile all of this code anew where nothing is written.
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 3 --dist loadgroup $(TESTS)

format: .venv/dev.stamp  ## Lay the code out and mend what can be mended by machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/runtime.stamp  ## Write the pages of docs/ that are made from code
	$(BIN)/python -m callboard.jobs.settings_page > docs/settings.md
	$(BIN)/python -m callboard.broker.pages docs/lifecycle.md docs/redis.md
	$(BIN)/python -m cli.page > docs/command.md
	$(BIN)/python -m actors.page > docs/jobs/README.md
	$(BIN)/python -m web.metrics.page > docs/metrics.md
	$(BIN)/python -m cli.grafana deploy
	$(BIN)/python -m tests.house.mission

shots: .venv/dev.stamp  ## Take the pictures of the README anew; needs Chromium
	$(BIN)/python -m tests.browser.shots

bench: .venv/dev.stamp  ## Measure what a job costs; takes some minutes
	$(BIN)/python -m benchmarks

faults: .venv/dev.stamp  ## Inject every fault with its full numbers, one line for each; takes some ten minutes
	$(BIN)/python -m tests.system.faults $(ROWS)

fuzz: .venv/dev.stamp  ## Send 1,000 requests drawn from its own description to the API, and more with CASES=10000
	$(BIN)/python -m tests.web.fuzz $(CASES)

lock: .venv-lock/uv.stamp  ## Pin all dependencies again after a change of pyproject.toml; UPGRADE=1 takes newer ones
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(COMPILE) $(IMAGE_EXTRAS:%=--extra %) --constraint requirements-dev.txt --output-file requirements-image.txt

clean:  ## Remove the environment and everything made; data in .callboard/ stays
	rm -rf .venv .venv-lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/runtime.stamp: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "expected Python 3.11 or newer with its venv module, found none;" \
		"install one or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "expected Python 3.11 or newer, got $$("$(PYTHON)" --version 2>&1)" >&2; exit 1; }
	@echo "making .venv with $$("$(PYTHON)" --version) from requirements.txt" >&2
	@"$(PYTHON)" -m venv .venv
	@$(INSTALL) -r requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/runtime.stamp
	@echo "adding the tools of requirements-dev.txt to .venv" >&2
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

.venv/promtool.stamp: .venv/runtime.stamp deploy/prometheus/fetch-promtool
	@deploy/prometheus/fetch-promtool $(BIN)
	@touch $@

.venv-lock/uv.stamp: Makefile
	@"$(PYTHON)" -m venv .venv-lock
	@.venv-lock/bin/python -m pip install -qq --disable-pip-version-check $(UV)
	@touch $@
