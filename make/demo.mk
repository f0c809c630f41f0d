# From nothing to an answer. LAB names the cluster that is made; with KUBECONFIG set, that cluster is used instead.
ENGINE ?=
.PHONY: demo demo-down
demo: $(DONE)  ## Serve a model from nothing: a cluster, the operator, an answer (ENGINE=mock|llamacpp|vllm, llamacpp unless told)
	@$(PY) make/demo.py up $(if $(ENGINE),--engine $(ENGINE)) $(if $(PUSH),--images $(PUSH))

demo-down: $(DONE)  ## Remove all that the demo made
	@$(PY) make/demo.py down
