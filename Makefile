# Each target's "##" text is its help; one file per concern lies in make/.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --warn-undefined-variables --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CACHE := $(or $(MODELSERVICE_CACHE),$(HOME)/.cache/modelservice)
ARGS ?=
LONG ?=
export LONG
export MODELSERVICE_CACHE := $(CACHE)
export PYTHONPATH := $(CURDIR)/operator:$(CURDIR)/tests:$(CURDIR)/images/mock:$(CURDIR)/images/loader
# Tests start hundreds of short programs: each starts a third sooner when Python may keep its byte code, as it does for users.
unexport PYTHONDONTWRITEBYTECODE

# First: the other files name its variables where make reads them at once.
include make/python.mk
include $(filter-out make/python.mk,$(sort $(wildcard make/*.mk)))

.PHONY: help
help:  ## Say what each target does
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'
