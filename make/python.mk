# The Python environment lies outside the tree, named by what it is made from, so that a second clone builds nothing.
BASE_PYTHON ?= $(shell command -v python3)
VENV := $(CACHE)/venv/$(shell ($(BASE_PYTHON) make/requirements.py; cat constraints.txt; $(BASE_PYTHON) -VV) | sha256sum | cut -c1-16)
PY := $(VENV)/bin/python
DONE := $(VENV)/.complete

$(DONE):
	@make/venv $(BASE_PYTHON) $(VENV)

.PHONY: venv
venv: $(DONE)  ## Make the Python environment and print where it lies
	@echo $(VENV)
