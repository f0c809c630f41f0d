# What the design promises of speed and size.
.PHONY: bench
bench: $(DONE)  ## Measure speed and size, beside a bare client in the same run
	@$(PY) -m bench
