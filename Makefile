# Everything starts here. `make run` serves the product, `make test` runs every check and test;
# both set up what they need.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PAGES := web/dist/index.html
NODE_READY := web/node_modules/.ready

export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20,22,24
export PYTHONDONTWRITEBYTECODE :=
export NPM_CONFIG_UPDATE_NOTIFIER := false

PYTHON_CODE := app.py chalicelib infra local cli tests benchmarks
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help run test bench lint types format contracts web web-check browser-test openapi lock package-size setup clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

run: setup $(PAGES) ## serve the product at http://127.0.0.1:8000 (DAY_SECONDS=20: a day lasts 20 s)
	@exec $(BIN)/python -m local $(if $(DAY_SECONDS),--day-seconds $(DAY_SECONDS)) $(if $(PORT),--port $(PORT))

# Checks two at a time, then the tests by three workers: what uses a deployment mostly waits for it.
test: setup $(NODE_READY) ## run every check and every test
	@+$(MAKE) --no-print-directory --output-sync -j2 $(PAGES) types web-check lint contracts browser-test
	$(BIN)/python -m pytest -n 3 --dist loadgroup

bench: setup $(PAGES) ## measure; benchmarks/README.md says what and how
	$(BIN)/python -m benchmarks

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m infra.audit

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

format: setup ## format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm --prefix web run --silent format

web: $(PAGES) ## build the pages

web-check: $(NODE_READY)
	npm --prefix web run --silent check

browser-test: $(PAGES)
	npm --prefix web run --silent test:browser

openapi: setup ## write the OpenAPI document and the routes from the code
	$(BIN)/python -m chalicelib.http.openapi
	$(BIN)/python -m chalicelib.http.lazy

lock: setup ## pin what is installed for the lists in requirements*.in
	$(BIN)/python -m infra.lock

package-size: setup ## build the deployment package and say how big it is
	$(BIN)/python -m infra.package

setup: $(READY)

$(READY): requirements.txt requirements-dev.txt
	@echo "安装 Python 依赖 …"
	@test -x $(BIN)/python || $$(./.ci/python) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(NODE_READY): web/package-lock.json
	@echo "安装网页依赖 …"
	@# Not `npm ci`: it insists on every platform's optional binaries being in the lock file.
	@npm --prefix web install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGES): $(NODE_READY) $(WEB_SOURCES)
	@echo "构建网页 …"
	@npm --prefix web run --silent build -- --logLevel warn
	@touch $@

clean: ## remove what was built; the local deployment's data stays in .local/state
	rm -rf web/dist cdk.out chalice.out .local/assemblies .local/package .mypy_cache .ruff_cache .pytest_cache
