# The layers that need the lab's real Kubernetes, lightest first. What they need is built before, so that no test's
# deadline has to allow for a build.
ALL_IMAGES := $(notdir $(patsubst %/Containerfile,%,$(wildcard images/*/Containerfile)))
.PHONY: test test-local test-lab test-api test-cli test-node test-docs programs built-images
test: check test-local test-api test-cli test-chart test-lab test-node test-docs  ## Everything; what .ci/run calls

programs: $(DONE)
	@[ -n "$${KUBECONFIG:-}" ] || $(PY) -m lab programs

built-images: programs
	@[ -n "$${KUBECONFIG:-}" ] || [ "$$(id -u)" != 0 ] || $(PY) -m lab images $(ALL_IMAGES) > /dev/null

test-local: built-images  ## Engines as processes of this machine: the SDK, `modelservice run`, the notebook
	@$(PY) -m pytest tests/local $(ARGS)

test-api: programs  ## The operator against a real control plane
	@$(PY) -m pytest tests/api $(ARGS)

test-cli: programs  ## The command line as people and scripts use it, on a real API server
	@$(PY) -m pytest tests/cli $(ARGS)

test-lab: built-images  ## The lab's own tests
	@$(PY) -m pytest tests/lab $(ARGS)

test-node: built-images  ## Real pods on real nodes (root)
	@$(PY) -m pytest tests/node $(ARGS)

test-docs: built-images  ## Every manifest, command and link of the docs, run as they stand (root)
	@$(PY) -m pytest tests/docs $(ARGS)
