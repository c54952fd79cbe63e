# Everything starts here: `make run` tries the product, `make test` proves it. Both set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install run test check lint types format lock bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: deploy/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --require-hashes -r deploy/requirements.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed deploy/requirements-dev.txt
	$(BIN)/pip install -q --require-hashes -r deploy/requirements-dev.txt
	@touch $@

install: $(VENV)/.installed ## Make .venv with the gongkai command in it

run: $(VENV)/.installed ## Start everything on this machine, with a chat page to try it
	@$(BIN)/python -m bot

test: $(VENV)/.installed-dev ## Run all tests
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/.installed-dev lint types ## Lint, types, import directions, docs in step
	$(BIN)/python -m pytest -q tests/test_structure.py tests/test_docs.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy .

format: $(VENV)/.installed-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Pin all versions anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -q --python-version 3.11 --extra build pyproject.toml -o deploy/requirements.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -q --python-version 3.11 --extra build --extra dev -c deploy/requirements.txt pyproject.toml -o deploy/requirements-dev.txt

bench: $(VENV)/.installed-dev ## Measure speed
	$(BIN)/python -m pytest -q -s tests/bench

clean: ## Remove what the targets made (not your data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info
