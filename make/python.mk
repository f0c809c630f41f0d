# The Python environment lies outside the tree, named by what it is made from, so that a second clone builds nothing.
BASE_PYTHON ?= $(shell command -v python3)
VENV := $(CACHE)/venv/$(shell ($(BASE_PYTHON) make/requirements.py; cat constraints.txt; $(BASE_PYTHON) -VV) | sha256sum | cut -c1-16)
PY := $(VENV)/bin/python
DONE := $(VENV)/.complete
# Each layer remembers by itself what failed: `make test-api ARGS=--last-failed` asks that alone.
PYTEST = $(PY) -m pytest -o cache_dir=.pytest_cache/$@

$(DONE):
	@make/venv $(BASE_PYTHON) $(VENV)

.PHONY: venv
venv: $(DONE)  ## Make the Python environment and print where it lies
	@echo $(VENV)
