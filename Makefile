# Everything a person or CI does with this repository. `make` alone explains itself.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

# What the layer of third-party packages is built for: arm64 or x86_64.
ARCHITECTURE ?= arm64
# Where `make up` keeps its data.
STATE ?= .local
# What `make bench` measures: imports init cpu requests tokens clock uniform; the first four if nothing is said.
BENCH ?=
# How many processes run tests side by side, each with a local stack of its own; 0 is one alone.
WORKERS ?= 2
# More words for pytest, for example: make test-unit PYTEST_ARGS='-k sign_in'
PYTEST_ARGS ?=

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest $(PYTEST_ARGS)
SIDE_BY_SIDE := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
UV := .venv/bin/uv
SAM := .venv-sam/bin/sam
WITH_FUNCTIONS := PYTHONPATH=layers/keyfob/python:functions $(PYTHON)
COMPILE := $(UV) pip compile --quiet --generate-hashes --no-header $(UPGRADE)
UNIVERSAL := --universal --python-version 3.11

SOURCES := $(wildcard layers/keyfob/python functions local tests)
TEMPLATES := $(wildcard template.yaml infra/*.yaml)
platform_arm64 := aarch64-manylinux_2_28
platform_x86_64 := x86_64-manylinux_2_28
IS_313 := $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))'
VENDOR := layers/vendor
VENDOR_READY := $(VENDOR)/.$(ARCHITECTURE)
TYPESETTING := layers/typesetting
TYPESETTING_READY := $(TYPESETTING)/.$(ARCHITECTURE)
PDF := layers/pdf
PDF_READY := $(PDF)/.$(ARCHITECTURE)

# Nothing here speaks to AWS, so nobody's account, profile or endpoint may get in the way.
unexport AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL AWS_REGION
unexport AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
# Without bytecode every process would compile all of its modules anew.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export AWS_CONFIG_FILE := /dev/null
export AWS_SHARED_CREDENTIALS_FILE := /dev/null
export AWS_DEFAULT_REGION := eu-central-1
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

##@ See it work

.PHONY: demo
demo: .venv/.ready ## Play a credential's life against the whole service on this machine
	@$(PYTHON) -m local.demo

.PHONY: demo-calendar
demo-calendar: .venv/.ready ## Draw four credentials' years, played on this machine, as a picture
	@$(PYTHON) -m local.demo_calendar --to $(STATE)/demo-calendar.html

.PHONY: up
up: .venv/.ready ## Start the service here (or continue), keep it running, say where to click
	@$(PYTHON) -m local.up --state $(STATE)

.PHONY: down
down: .venv/.ready ## Stop what `make up` started; its data stays in .local
	@$(PYTHON) -m local.down --state $(STATE)

##@ Prove it

.PHONY: test
test: .venv/.ready ## Run all tests but the long ones: unit, functions, contract, simulation, service, stack, races
	@$(PYTEST) $(SIDE_BY_SIDE) $(addprefix tests/,unit functions contract simulation local service)
	@$(PYTEST) $(SIDE_BY_SIDE) tests/stack tests/races

.PHONY: test-long
test-long: .venv/.ready ## Run what takes too long for every change, and more examples: before a release, and nightly
	@KEYFOB_LONG=1 $(PYTEST) $(SIDE_BY_SIDE) -m "" $(addprefix tests/,unit/usecases/directory unit/usecases/due unit/usecases/orders unit/usecases/proofing service simulation)
	@KEYFOB_LONG=1 $(PYTEST) $(SIDE_BY_SIDE) -m "" $(addprefix tests/,stack races)

.PHONY: test-unit test-functions test-contract test-simulation test-local test-service test-stack test-races
test-unit: ## … of the library alone, in seconds
test-functions: ## … of handlers with sample events
test-contract: ## … one suite over fakes and real adapters
test-simulation: ## … of a decade of credentials, in memory (SIMULATION_SEED=1)
test-local: ## … of the local stack's own tools
test-service: ## … of all functions together, in this process
test-stack: ## … against the template deployed on this machine
test-races: ## … of what must hold when requests come at once
test-unit test-functions test-contract test-simulation test-local test-service test-stack test-races: test-%: .venv/.ready
	@$(PYTEST) tests/$*

.PHONY: mutants
mutants: .venv/.ready ## Remove a sample of guards, one at a time, and see whether a test notices (some 20 minutes)
	@$(PYTEST) -q $(SIDE_BY_SIDE) --cov=layers/keyfob/python/keyfob --cov-context=test --cov-report= tests/unit tests/functions tests/contract tests/service
	@PYTHONPATH=layers/keyfob/python:functions:. $(PYTHON) -m tests.mutants --table tests/mutants/table.md

.PHONY: lint
lint: .venv/.ready .venv-sam/.ready ## Check formatting, style, types, imports and templates
	@echo "ruff: formatting and style" && $(PYTHON) -m ruff format --check $(SOURCES) && $(PYTHON) -m ruff check $(SOURCES)
	@echo "mypy: types" && $(PYTHON) -m mypy $(SOURCES)
	@echo "import-linter: which part may know which" && $(WITH_FUNCTIONS) -m local.imports
	@echo "cfn-lint: templates" && .venv/bin/cfn-lint $(TEMPLATES)
	@echo "sam validate: the template as AWS reads it" && $(SAM) validate --lint --template-file template.yaml

.PHONY: bench
bench: .venv/.ready .venv-sam/.ready ## Measure imports, starts, verifications and requests (BENCH=tokens: key files, BENCH=clock: the clock, BENCH=uniform: known and unknown user ids)
	@$(WITH_FUNCTIONS) -m tests.bench $(BENCH)

##@ Work on it

.PHONY: transcript
transcript: .venv/.ready ## Play the demo and write what it prints to docs/demo.md
	@echo "Playing the demo …"
	@$(PYTHON) -m local.demo > docs/demo.md.new
	@{ printf '# A transcript of `make demo`\n\nWritten by `make transcript`.\n\n```text\n'; cat docs/demo.md.new; echo '```'; } > docs/demo.md
	@rm docs/demo.md.new

.PHONY: format
format: .venv/.ready ## Format the code and mend what ruff can mend
	@$(PYTHON) -m ruff format $(SOURCES) && $(PYTHON) -m ruff check --fix $(SOURCES)

.PHONY: openapi
openapi: .venv/.ready ## Write docs/openapi.json and docs/operator-openapi.json from the routes
	@$(WITH_FUNCTIONS) -m local.openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json
	@$(WITH_FUNCTIONS) -m local.openapi operator > docs/openapi.json.new && mv docs/openapi.json.new docs/operator-openapi.json

.PHONY: template
template: .venv/.ready ## Write the functions into template.yaml from their folders
	@$(WITH_FUNCTIONS) -m local.template > template.yaml.new && mv template.yaml.new template.yaml

.PHONY: catalogs
catalogs: .venv/.ready ## Take new words of mails into the catalogs of other languages, and compile these
	@$(PYTHON) -m local.catalogs

.PHONY: lock
lock: .venv/.ready ## Pin dependencies anew from pyproject.toml (UPGRADE=--upgrade for newer ones)
	@echo "Resolving dependencies …"
	@$(COMPILE) $(UNIVERSAL) pyproject.toml --group dev --output-file requirements/dev.txt
	@$(COMPILE) $(UNIVERSAL) --group bootstrap --constraint requirements/dev.txt --output-file requirements/bootstrap.txt
	@$(COMPILE) $(UNIVERSAL) --group sam --output-file requirements/sam.txt
	@$(COMPILE) --python-version 3.13 --python-platform $(platform_arm64) pyproject.toml --constraint requirements/dev.txt --output-file requirements/vendor.txt
	@$(COMPILE) --python-version 3.13 --python-platform $(platform_arm64) --group typesetting --constraint requirements/dev.txt --output-file requirements/typesetting.txt
	@$(COMPILE) --python-version 3.13 --python-platform $(platform_arm64) --group pdf --constraint requirements/dev.txt --output-file requirements/pdf.txt

.PHONY: clean
clean: ## Remove what was built and cached (not .local, not the environments)
	@rm -rf .aws-sam $(VENDOR) $(TYPESETTING) $(PDF) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find layers functions local tests -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Ship it

.PHONY: build
build: $(VENDOR_READY) $(TYPESETTING_READY) $(PDF_READY) .venv-sam/.ready ## Build for `sam deploy` (ARCHITECTURE=arm64 or x86_64)
	@$(IS_313) || { echo "Building for Lambda takes Python 3.13; .venv has another. Install it, remove .venv, try again." >&2; exit 1; }
	@$(PYTHON) -m compileall -q --invalidation-mode checked-hash layers/keyfob/python
	@echo "Building with SAM …"
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo

# The environments. A stamp tells when a lock has changed since.

.venv/.ready: requirements/bootstrap.txt requirements/dev.txt
	@sh local/make-venv .venv requirements/dev.txt
	@touch $@

.venv-sam/.ready: requirements/sam.txt .venv/.ready
	@sh local/make-venv .venv-sam requirements/sam.txt
	@touch $@

# Bytecode goes along, since a function's first start would spend most of its time compiling. Files'
# times don't survive packaging, so it is tied to its source by content (ours) or not at all (theirs).
$(VENDOR_READY) $(TYPESETTING_READY) $(PDF_READY): layers/%/.$(ARCHITECTURE): requirements/%.txt .venv/.ready
	@$(if $(platform_$(ARCHITECTURE)),,$(error ARCHITECTURE is arm64 or x86_64, not "$(ARCHITECTURE)"))
	@echo "Fetching Lambda's packages for $(ARCHITECTURE): $* …"
	@rm -rf layers/$*
	@$(UV) pip install --quiet --require-hashes --only-binary :all: --target layers/$*/python \
	  --python-platform $(platform_$(ARCHITECTURE)) --python-version 3.13 -r requirements/$*.txt
	@! $(IS_313) || $(PYTHON) -m compileall -q -j 0 --invalidation-mode unchecked-hash layers/$*/python
	@touch $@
