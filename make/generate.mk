# What is made from the code and committed; `make check` fails when it drifts.
.PHONY: crd core-types reference
crd: $(DONE)  ## Write crds/modelservice.yaml, and its schema for the package, from the models
	@mkdir -p crds && $(PY) -m modelservice crd > crds/modelservice.yaml
	@$(PY) make/schema.py > operator/modelservice/api/schema.json

core-types: $(DONE)  ## Cut the core types of the CRD out of Kubernetes' OpenAPI document (needs Go)
	@cd tests/lab/go/kubernetes && dir=$$(go list -m -f '{{.Dir}}' k8s.io/kubernetes) && cd $(CURDIR) && \
	  $(PY) make/core_types.py $$dir/api/openapi-spec/swagger.json > operator/modelservice/api/core_types.json

reference: $(DONE)  ## Write docs/reference.md, docs/reasons.md and docs/cli.md from the code, and the tables of docs/engines.md
	@$(PY) make/reference.py > docs/reference.md
	@$(PY) make/reasons.py > docs/reasons.md
	@$(PY) make/cli.py > docs/cli.md
	@$(PY) make/conformance.py
