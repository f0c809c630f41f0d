# The cluster alone, for playing. LAB names it, so that several stand side by side.
LAB ?= play
NODES ?= 2
MODE ?= full
.PHONY: lab lab-down lab-status
lab: $(DONE)  ## Start a real Kubernetes on this machine (LAB=name NODES=2 MODE=full|api)
	@$(PY) -m lab up --name $(LAB) --mode $(MODE) --nodes $(NODES)

lab-down: $(DONE)  ## Stop it and leave nothing behind
	@$(PY) -m lab down --name $(LAB)

lab-status: $(DONE)  ## Say which labs run and how to reach them
	@$(PY) -m lab status
