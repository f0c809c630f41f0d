.PHONY: golden
golden: $(DONE)  ## Write the expected manifests of the golden cases anew; review the diff
	@$(PY) -m golden.golden && git diff --stat -- tests/golden
