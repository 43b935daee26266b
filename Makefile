# The Convolution Handbook. `make help` lists the commands; each of them sets up what it needs, once.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
PYTEST_ARGS ?=
BENCH_ARGS ?=
DEVICE ?= all
# Whether `make site` measures this machine first: auto (where no record fits it), always, never. Only a site that was
# built with never depends on nothing but the commit.
TIMINGS ?= auto
export TIMINGS
serve test: TIMINGS := never
# The blocks are small: threads that wait for each other on a busy machine cost more than they bring, and one thread adds
# up in one order everywhere.
serve site test outputs: export OMP_NUM_THREADS := 1
PAGES ?= README.md $(sort $(shell find docs -name "*.md"))

RUN := .venv/bin/python -m
READY := node_modules/.installed .venv/.installed

# One commit, one site, to the byte: every date in it is the date of the commit.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)
export SOURCE_DATE_EPOCH
# The banner warns of MkDocs 2, which pyproject.toml rules out.
export NO_MKDOCS_2_WARNING := 1

.PHONY: help
help: ## List these commands
	@echo "The Convolution Handbook"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "The first call fills .venv and node_modules, which takes a few minutes; later calls reuse them."
	@echo "Needed beforehand: Python 3.11 or newer, and Node 18 or newer with npm."

.PHONY: serve
serve: $(READY) ## Show the handbook at http://127.0.0.1:8000, a page anew when it is edited (PORT=8001)
	@.venv/bin/python -c 'import socket; socket.create_server(("$(HOST)", $(PORT))).close()' 2>/dev/null || \
		{ echo "Port $(PORT) of $(HOST) is taken. Choose another: make serve PORT=8001" >&2; exit 1; }
	$(RUN) mkdocs serve --dirty --no-strict --dev-addr $(HOST):$(PORT)

.PHONY: site
site: $(READY) ## Build the handbook into site/; stops at the first wrong example (TIMINGS=never: no measuring)
	@[ "$(TIMINGS)" = never ] || $(RUN) scripts.timings --ensure
	$(RUN) scripts.site.build

.PHONY: test
test: .venv/.frameworks site ## Build the handbook, then run every test (PYTEST_ARGS='-k padding')
	HANDBOOK_SITE=site MKL_NUM_THREADS=1 $(RUN) pytest -n $(WORKERS) $(PYTEST_ARGS)

.PHONY: check
check: $(READY) .venv/.frameworks ## Style, types, and what an operator or a chapter still lacks
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) pyright
	$(RUN) scripts.check

.PHONY: coverage
coverage: $(READY) .venv/.frameworks ## Which lines and branches of reference_impl no test runs; fails below 100 %
	OMP_NUM_THREADS=1 $(RUN) coverage run -m pytest -n $(WORKERS) reference_impl tests --ignore tests/site --ignore tests/docs
	$(RUN) coverage combine -q
	$(RUN) coverage report

.PHONY: outputs
outputs: $(READY) ## Rewrite the outputs shown on the pages; read the diff before you commit it
	$(RUN) scripts.site.outputs --write $(PAGES)

.PHONY: readings
readings: $(READY) ## Record that a page was read against its code (PAGE=docs/x.md SECTION='In brief'); without one, list
	$(RUN) scripts.site.readings $(PAGE) $(if $(SECTION),--section '$(SECTION)')

.PHONY: addresses
addresses: $(READY) ## Try every address outside the site and write down which answered; lists what nobody has seen
	$(RUN) scripts.site.addresses

.PHONY: drift
drift: $(READY) ## Plant small changes in the pages and count what notices them, for the page How it is checked
	BLOCK_SECONDS=60 HANDBOOK_CACHE=.cache/drift OMP_NUM_THREADS=1 TIMINGS=never $(RUN) scripts.drift --write

.PHONY: bench
bench: $(READY) ## How fast the operators are beside torch, onnx.reference and scipy (BENCH_ARGS='--cases 3x3')
	$(RUN) scripts.bench $(BENCH_ARGS)

.PHONY: timings
timings: $(READY) ## Measure every layer on this machine, for the page Timings; some minutes (DEVICE=cpu)
	$(RUN) scripts.timings --device $(DEVICE)

.PHONY: clean
clean: ## Remove what was built; .venv and node_modules stay
	rm -rf site .cache build .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov

# A .venv whose Python has gone is made anew.
$(shell .venv/bin/python -c '' 2>/dev/null || rm -f .venv/.installed .venv/.frameworks)

.venv/.installed: pyproject.toml constraints.txt
	@PYTHON='$(PYTHON)' sh scripts/setup.sh python

# The other frameworks take 2 GB: only what runs them installs them.
.venv/.frameworks: .venv/.installed
	@PYTHON='$(PYTHON)' sh scripts/setup.sh frameworks

node_modules/.installed: package.json $(wildcard package-lock.json)
	@sh scripts/setup.sh node
