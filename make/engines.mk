# The options that engines really have, as data that is committed.
ENGINE ?=
.PHONY: engines-catalogue
engines-catalogue: $(DONE)  ## Read the options of all engines, or of ENGINE=infinity, anew from their own parsers and sources; review the diff
	@$(PY) make/engines_catalogue.py $(ENGINE); status=$$?; git diff --stat -- operator/modelservice/engines/data; exit $$status
