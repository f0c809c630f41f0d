# Everything that needs no cluster.
.PHONY: check lint types test-unit test-golden test-property
check: lint types test-unit test-golden test-property  ## Format, lint, types, import contracts, generated files, unit, golden, property

lint: $(DONE)  ## Format and lint, and hold the import contracts
	@$(PY) -m ruff format --check . && $(PY) -m ruff check .
	@$(VENV)/bin/lint-imports --no-logo

# What mypy learnt of a file outlives the clone, so that a fresh one is checked in seconds; one run at a time writes it.
types: $(DONE)  ## mypy --strict
	@flock $(VENV)/.mypy.lock $(PY) -m mypy --cache-dir $(VENV)/.mypy

fmt: $(DONE)  ## Format the code and mend what ruff can mend
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

test-unit: $(DONE)  ## Unit tests
	@$(PYTEST) tests/unit $(ARGS)

test-golden: $(DONE)  ## Golden manifests
	@$(PYTEST) tests/golden $(ARGS)

test-property: $(DONE)  ## Property tests; LONG=1 runs ten thousand cases, and a real API server judges them
	@$(PYTEST) tests/property $(if $(LONG),tests/api/test_rendered_specs.py) $(ARGS)
