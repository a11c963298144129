# Everything an operator or developer runs. `make` lists the goals; TARGET=aws goes to the account of your credentials,
# without it the emulator on this machine is used.

PYTHON ?= python3
ENV ?= dev
STACK ?= tap-$(ENV)
PARAMETERS ?= parameters/$(ENV).json
TARGET ?= emulator
BUCKET ?=
CONFIRM ?=
ALLOW_REPLACEMENT ?=

BIN := .venv/bin
TEMPLATE := TapStack.yml

.DEFAULT_GOAL := help
.PHONY: help setup synth lint deploy destroy report test bench check

help: ## List the goals.
	@echo "make GOAL [ENV=dev] [TARGET=emulator|aws] [STACK=NAME] [PARAMETERS=FILE] [BUCKET=NAME] [CONFIRM=STACK] [ALLOW_REPLACEMENT=1]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 12

setup: .venv/.installed ## Make the virtual environment with all that is needed, unless it is up to date.

# The stamp is written last: an installation that was interrupted is done again.
.venv/.installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed. Name one with PYTHON=/path/to/python3.11."; exit 1; }
	@echo "==> Making the virtual environment .venv (a few minutes the first time)"
	@$(PYTHON) -m venv .venv || { echo "error: python3 -m venv failed. Install your system's python3-venv package."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt || \
	  { echo "error: the packages could not be installed. See pip's message above, then run make setup again."; exit 1; }
	@touch $@

synth: setup ## Write TapStack.yml from the program.
	@echo "==> Writing $(TEMPLATE)"
	@$(BIN)/python -m cloudformation synth

lint: setup ## Check TapStack.yml with cfn-lint for eu-west-1, informational checks included.
	@echo "==> Checking $(TEMPLATE) with cfn-lint"
	@$(BIN)/cfn-lint --regions eu-west-1 --include-checks I -- $(TEMPLATE)

deploy: synth ## Write and check the template, show what it changes, deploy it, and print the stack's outputs.
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m cloudformation deploy --template $(TEMPLATE) --stack $(STACK) --parameters $(PARAMETERS) \
	  --target $(TARGET) $(if $(BUCKET),--bucket $(BUCKET)) $(if $(filter 1,$(ALLOW_REPLACEMENT)),--allow-replacement)

destroy: setup ## Delete the stack and say what is left (with TARGET=aws only if CONFIRM names the stack).
	@$(BIN)/python -m cloudformation destroy --stack $(STACK) --target $(TARGET) $(if $(CONFIRM),--confirm $(CONFIRM))

report: setup ## Write the compliance report to build/report/, and the pictures in docs/.
	@echo "==> Writing the report"
	@$(BIN)/python -m cloudformation report --pictures

test: setup ## Run all tests.
	@echo "==> Running the tests"
	@$(BIN)/python -m pytest -n auto --dist loadfile

bench: setup ## Measure synth: beside the SDK's imports and beside CDK, its memory, and how it grows (half an hour).
	@echo "==> Measuring; nothing else should run on this machine"
	@$(BIN)/python -m benchmarks.performance --install

check: setup ## Run everything that has to pass before a change is accepted.
	@echo "==> ruff" && $(BIN)/ruff check && $(BIN)/ruff format --check
	@echo "==> mypy" && $(BIN)/mypy
	@echo "==> template" && $(BIN)/python -m cloudformation synth --check
	@$(MAKE) --no-print-directory lint test
