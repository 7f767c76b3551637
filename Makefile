# Each target does its own set-up: Python 3.11 or newer, git and make are all that is needed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
LOWEST := .venv-lowest
READY  := $(VENV)/.ready
LOCKED := --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-emit-index-url --custom-compile-command 'make lock'

.PHONY: help serve test check fix wheel-test test-lowest test-lowest-uvicorn fuzz test-clients test-node test-browser container-test bench bench-peers bench-deliveries soak mutants facts docs site lock clean

help:                      ## list the targets; ARGS="…" goes to the command of serve, test and test-clients
	@sed -n 's/^\([a-z-]*\):[^#]*## */\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-18s %s\n", $$1, $$2 }'

serve: $(READY)            ## start the emulator with the default fixture
	$(BIN)/bookings-emulator serve $(ARGS)

test: $(READY)             ## run the tests
	$(BIN)/python -m pytest -n auto -q $(ARGS)

test-lowest:               ## run the tests with the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1" uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --editable . --group dev
	$(LOWEST)/bin/python -m pytest -n auto -q $(ARGS)

fuzz: $(READY)             ## let schemathesis call all four OpenAPI documents with made-up requests; ARGS="--max-examples 20" for more
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-fuzz/bin/python -m pip install --quiet --group fuzz
	$(BIN)/python -m tests.fuzz $(ARGS)

check: $(READY)            ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(READY)              ## repair what the linter can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-lowest-uvicorn: $(READY) ## the short way of a request on the lowest uvicorn that pyproject.toml allows
	$(BIN)/python -m pip install --quiet --upgrade --no-deps --target build/lowest 'uvicorn==0.36.0'
	PYTHONPATH=build/lowest $(BIN)/python -m pytest -q tests/test_ways.py

wheel-test: $(READY)       ## the steps of the release workflow: build, check, install and serve outside the repository; nothing is published
	$(BIN)/python -m tests.wheel.release

test-clients: $(READY)     ## drive the emulator with the real Microsoft SDKs (heavy to install: about 0.7 GB)
	$(BIN)/python tests/clients/run.py $(ARGS)

container-test: $(READY)   ## do what docs/ci.md says with the image, where docker or podman is installed
	$(BIN)/python -m tests.container.run

test-node: $(READY)        ## drive the emulator with the JavaScript clients; skips with a reason where node is missing
	$(BIN)/python tests/clients/run.py node

test-browser: $(READY)     ## drive the pages with a real browser; skips with a reason where there is none
	$(BIN)/python tests/browser/run.py

bench: $(READY)            ## measure speed and memory beside a bare application
	$(BIN)/python benchmarks/run.py

bench-peers: $(READY)      ## other emulators on the same list, by npm and pip; what is not there is left out with the reason
	$(BIN)/python benchmarks/peers.py

bench-deliveries: $(READY) ## ten thousand appointments, fifty thousand notifications: none lost, none out of order
	$(BIN)/python benchmarks/deliveries.py

soak: $(READY)             ## ten minutes of mixed traffic beside a model of what must come of it; ARGS=--short takes 45 seconds
	$(BIN)/python -m benchmarks.soak $(ARGS)

mutants: $(READY)          ## change 150 single places, by a fixed seed, and print those that no test notices; ARGS="--count 30 --near" is quick
	$(BIN)/python -m tests.mutants $(ARGS)

facts: $(READY)            ## write down the facts of the contracts beside the tests, after one was changed on purpose
	$(BIN)/python -m tests.facts

docs: $(READY)             ## write the pages that are made from data
	$(BIN)/python docs/build.py

site: $(READY)             ## build the documents as HTML, in dist/site; a broken link fails
	$(BIN)/python -m pip install --quiet --group site
	$(BIN)/python -m sphinx -q -W --keep-going -c docs -b html . dist/site

lock: $(READY)             ## lock what the image installs and is built with, at the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(LOCKED) --extra recipes --output-file requirements.lock pyproject.toml
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')" \
		| $(BIN)/uv pip compile $(LOCKED) --output-file requirements-build.lock -

clean:                     ## remove what the targets made
	rm -rf $(VENV) $(LOWEST) .venv-fuzz dist build .pytest_cache .mypy_cache .ruff_cache

$(READY): pyproject.toml
	$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed; this is ' + sys.version.split()[0]) if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(READY)
