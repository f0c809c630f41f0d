# The chart and what is generated for it.
CHART := charts/modelservice-operator
IMAGE ?=
VALUES ?=
BUNDLE := dist/modelservice-operator.yaml
.PHONY: chart test-chart bundle
chart: $(DONE)  ## Write the generated parts of the chart: CRD, values.schema.json, README.md
	@$(PY) make/chart.py $(CHART)

test-chart: programs  ## Lint and render the chart over many values
	@$(CLUSTER_TESTS) tests/chart $(ARGS)

bundle: $(DONE)  ## Write the chart as one file for kubectl apply: IMAGE=registry/prefix/operator:tag [VALUES=file]
	@$(PY) make/bundle.py $(CHART) "$(IMAGE)" $(BUNDLE) $(VALUES)
