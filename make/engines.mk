# The options that engines really have, as data that is committed.
ENGINE ?=
.PHONY: engines-catalogue
engines-catalogue: $(DONE)  ## Read the options of ENGINE=infinity anew from the engine's own parser or source; review the diff
	@$(PY) make/engines_catalogue.py $(ENGINE) && git diff --stat -- operator/modelservice/engines/data
