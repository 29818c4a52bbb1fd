# Everything a developer or a build machine runs. The environments are made once and kept until
# pyproject.toml or constraints.txt changes.

PYTHON ?= $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)

VENV := .venv
FLOORS := .venv-floors
BIN := $(VENV)/bin/
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input --constraint constraints.txt
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
WORKERS ?= 2
# Each worker takes its part of the tests in their order, and then half of what another has left: what a module's
# tests share is made once.
ON_WORKERS := -n $(WORKERS) --dist worksteal

# What is compiled is kept: tests start many processes, and every worker reads every file of tests.
unexport PYTHONDONTWRITEBYTECODE

# $(call new_venv,folder): an empty environment, or a message that says what to do.
define new_venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "marketimpact needs Python 3.11 or newer; '$(PYTHON)' is not. Name another one: make PYTHON=python3.12 ..." >&2; \
	exit 1; }
@$(PYTHON) -m venv --clear $(1) || { \
	rm -rf $(1); \
	echo "'$(PYTHON) -m venv' does not work here. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	exit 1; }
endef

.PHONY: help demo test test-floors pytest bench lint format types imports venv clean

help:
	@echo "make demo         install the package in $(VENV) and write the demonstration into reports/"
	@echo "make test         lint, types, floors, all tests and notebooks, and the array floor on its own"
	@echo "make test-floors  the array floor's tests, where pandas is not installed"
	@echo "make bench        the benchmarks"
	@echo "make lint         ruff: rules and format; 'make format' mends what can be mended"
	@echo "make types        mypy, strict"
	@echo "make imports      import-linter: imports go down only"
	@echo "make pytest       all tests but the array floor's, and notebooks, on $(WORKERS) workers"
	@echo "make clean        remove the environments and whatever was built or written"

demo: $(VENV)/.installed
	$(BIN)marketimpact demo --out reports

test: lint types imports pytest test-floors

lint: $(VENV)/.installed-dev
	$(BIN)ruff check .
	$(BIN)ruff format --check .

format: $(VENV)/.installed-dev
	$(BIN)ruff check --fix .
	$(BIN)ruff format .

types: $(VENV)/.installed-dev
	$(BIN)mypy

imports: $(VENV)/.installed-dev
	$(BIN)lint-imports

# The tests of the array floor run in its own environment alone, below.
pytest: $(VENV)/.installed-dev
	$(BIN)python -m pytest $(ON_WORKERS) -p no:benchmark tests --ignore tests/maths $(if $(NOTEBOOKS),--nbmake --nbmake-timeout=600 $(NOTEBOOKS))

bench: $(VENV)/.installed-dev
	$(BIN)python -m pytest tests/bench --benchmark-only

# The array floor stands where numpy and scipy are installed and the package and its dependencies are not.
test-floors: $(FLOORS)/.installed
	@$(FLOORS)/bin/python -c 'import importlib.util as u, sys; sys.exit(u.find_spec("pandas") is not None)' || { \
		echo "pandas is installed in $(FLOORS), where it must not be: make clean" >&2; exit 1; }
	PYTHONPATH=. $(FLOORS)/bin/python -m pytest $(ON_WORKERS) tests/maths

venv: $(VENV)/.made

$(VENV)/.made:
	$(call new_venv,$(VENV))
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.made
	$(BIN)python $(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)python $(PIP_INSTALL) --editable '.[dev]'
	@touch $@

$(FLOORS)/.made:
	$(call new_venv,$(FLOORS))
	@touch $@

$(FLOORS)/.installed: constraints.txt Makefile | $(FLOORS)/.made
	$(FLOORS)/bin/python $(PIP_INSTALL) numpy scipy pytest pytest-xdist hypothesis
	@touch $@

clean:
	rm -rf $(VENV) $(FLOORS) build dist reports *.egg-info
	rm -rf .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
