# Everything a fresh clone needs: Python 3.11 or newer, and make.
#   make demo        a sample county, six map sheets and an audit page in out/demo
#   make test        style, types, floors, docstrings, then the tests
#   make test-full   the same tests in their full forms (thousands of cases)
#   make bench       speed against the tools people use today
#   make system      Debian packages for browser and PDF tests

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed
SOURCES = $(shell find gridpart -name '*.py')

.DEFAULT_GOAL := demo
.PHONY: demo install test style test-full bench system constraints clean

demo: $(STAMP)
	$(BIN)/gridpart demo --out out/demo

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "gridpart needs Python 3.11 or newer; $(PYTHON) is older. Say which one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/numpydoc lint $(SOURCES)

test: style
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope -q

test-full: style
	GRIDPART_FULL=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadscope -q

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	$(BIN)/python -c 'import importlib.util as u; u.find_spec("pysdot") or print("pysdot is not installed: it builds from source only, so no ratio to it")'
	OMP_NUM_THREADS=1 GRIDPART_FULL=1 $(BIN)/python -m pytest tests/benchmarks -q -s -p no:xdist

system:
	tools/system-packages.sh

# The versions in this environment become those every clone installs: make them with the oldest Python (a patch release can matter).
constraints: $(STAMP)
	$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf $(VENV) out build dist .mypy_cache .pytest_cache .ruff_cache
