# Images are built for real, without Docker, from base images made on this machine.
IMAGES ?=
PUSH ?=
.PHONY: images
images: $(DONE)  ## Build what users run, or IMAGES="a b"; PUSH=registry/prefix pushes them there and prints their names
	@$(PY) -m lab images $(IMAGES) $(if $(PUSH),--push $(PUSH))
