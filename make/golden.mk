.PHONY: golden
golden: $(DONE)  ## Write what the golden cases and conversions come to anew; review the diff
	@$(PY) -m golden.golden && $(PY) tests/unit/convert/cases.py && \
	  git diff --stat -- tests/golden tests/unit/convert
