.PHONY: golden
golden: $(DONE)  ## Write the expected manifests of the golden cases anew; review the diff
	@$(PY) tests/golden/golden.py && git diff --stat -- tests/golden
