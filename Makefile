# One word each; ARGS passes the rest on, as in: make test ARGS="-k citations"
PYTHON     ?= python3
TORCH_ARGS ?=
ARGS       ?=

bin   := .venv/bin
torch := $(shell sed -n 's/.*"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
extras := openai,anthropic,ollama,google,bench,dev
# A process a core, each with its own models (about 1 GB): more than eight gain little.
tests := $(bin)/python scripts/ensure_browser.py && $(bin)/python -m pytest -n logical --maxprocesses 8 --dist worksteal

.PHONY: setup run test test-all lint format typecheck eval bench screenshots lock
.DELETE_ON_ERROR:

setup: .venv/.runtime
run: setup ; $(bin)/sanad run $(ARGS)
test: .venv/.dev ; $(tests) $(ARGS)
test-all: .venv/.dev ; $(tests) --all $(ARGS)
lint: .venv/.dev ; $(bin)/ruff check && $(bin)/ruff format --check && $(bin)/mypy
format: .venv/.dev ; $(bin)/ruff check --fix && $(bin)/ruff format
typecheck: .venv/.dev ; $(bin)/mypy $(ARGS)
eval: .venv/.runtime ; $(bin)/sanad eval tests/questions --articles articles --quotes --baseline tests/questions/baseline.json --max-drop 0.05 $(ARGS)
bench: .venv/.dev ; $(bin)/python -m bench $(ARGS)
screenshots: .venv/.dev ; $(bin)/python scripts/screenshots.py $(ARGS)

# torch goes first and alone, in the build that fits the machine; TORCH_ARGS decides where it is given.
.venv/.runtime: pyproject.toml requirements.lock | $(bin)/pip
	$(bin)/python scripts/install_torch.py -c requirements.lock $(torch) -- $(TORCH_ARGS)
	$(bin)/pip install -c requirements.lock -e .
	touch $@

.venv/.dev: .venv/.runtime
	$(bin)/pip install -c requirements.lock -e '.[dev]'
	touch $@

$(bin)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo 'Sanad needs Python 3.11, 3.12 or 3.13: make setup PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv .venv

# Resolved anew in an empty environment, then written without local version tags such as +cpu.
lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python scripts/install_torch.py $(torch) -- $(TORCH_ARGS)
	.venv-lock/bin/pip install -e '.[$(extras)]'
	.venv-lock/bin/pip freeze --all --exclude pip --exclude-editable | sed 's/+[a-z0-9.]*$$//' > requirements.lock
	rm -rf .venv-lock
