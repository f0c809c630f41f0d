# The layers that need the lab's real Kubernetes, lightest first. What they need is built before, so that no test's
# deadline has to allow for a build.
# Images that only the longest tests use are built for those alone; `baked` is built by its test, which names a model.
LONG_IMAGES := infinity ollama triton
ALL_IMAGES := $(filter-out baked $(if $(LONG),,$(LONG_IMAGES)),$(notdir $(patsubst %/Containerfile,%,$(wildcard images/*/Containerfile))))
CLUSTER_TESTS = $(PYTEST) --durations=10 --durations-min=5
.PHONY: test test-loader test-local test-lab test-api test-cli test-node test-engines test-pods test-docs programs archives built-images
# Longest first. AGAIN=1 asks the tests that failed once more, when the machine is quiet.
LAYERS := lint types test-unit test-pods test-api test-lab test-cli test-docs test-loader test-local test-chart \
  test-golden test-property
AGAIN ?=
test: built-images  ## Everything, three layers at a time; what .ci/run calls
	@$(PY) make/layers.py $(if $(AGAIN),--again) $(LAYERS)

programs: $(DONE)
	@[ -n "$${KUBECONFIG:-}" ] || $(PY) -m lab programs

archives: $(DONE)
	@[ -n "$${KUBECONFIG:-}" ] || [ "$$(id -u)" != 0 ] || $(PY) -m lab images $(ALL_IMAGES) > /dev/null

# Compiling is work for the processors and images mostly wait for the network, so they are made at the same time.
built-images: $(DONE)
	@$(MAKE) --no-print-directory --jobs=2 programs archives

test-loader: programs  ## The loader as a process: kills, cuts, refusals, full disks, real stores
	@$(CLUSTER_TESTS) tests/loader $(ARGS)

test-local: built-images  ## Engines as processes of this machine: the SDK, `modelservice run`, the notebook
	@$(CLUSTER_TESTS) tests/local $(ARGS)

test-api: programs  ## The operator against a real control plane
	@$(CLUSTER_TESTS) tests/api $(ARGS)

test-cli: programs  ## The command line as people and scripts use it, on a real API server
	@$(CLUSTER_TESTS) tests/cli $(ARGS)

test-lab: built-images  ## The lab's own tests
	@$(CLUSTER_TESTS) tests/lab $(ARGS)

test-node: built-images  ## Real pods on real nodes (root)
	@$(CLUSTER_TESTS) tests/node $(ARGS)

test-engines: built-images  ## Each engine asked by clients in the cluster; LONG=1: vLLM, Infinity and others too (root)
	@$(CLUSTER_TESTS) tests/engines $(ARGS)

test-pods: built-images  ## Both of these on one lab
	@$(CLUSTER_TESTS) tests/node tests/engines $(ARGS)

test-docs: built-images  ## Every manifest, command and link of the docs, run as they stand (root)
	@$(CLUSTER_TESTS) tests/docs $(ARGS)
