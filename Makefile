# Everything a person types. `make help` lists it. PORT, DATA_DIR, DATABASE_URL and DEMO are honoured, also as
# `make run PORT=8080`.
PYTHON_BIN := .venv/bin/python
FLASK := $(PYTHON_BIN) -m flask --app app
UV ?= uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header

.DEFAULT_GOAL := help
.PHONY: help run setup test test-random test-repeat test-browser help-pictures interop check check-style check-types check-texts check-schema format lock vendor i18n trials restore-trial bench coverage mutants sql-mutants

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

run: ## install what is missing, then serve on http://127.0.0.1:8000 until Ctrl-C
	@sh deploy/setup.sh run && exec $(FLASK) serve

setup: ## install what running, checking and testing need
	@sh deploy/setup.sh test

test: ## run all tests in two processes, always the same way (SEED=7 for other chances)
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m tests.suite $(if $(SEED),--seed $(SEED))

test-random: ## run all tests in an order that the seed gives (SEED=7)
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m tests.suite --random-order $(if $(SEED),--seed $(SEED))

test-repeat: ## run all tests N times, some with other seeds, some on a busy machine (N=10)
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m tests.suite.repeat $(or $(N),10)

test-browser: ## sweep all pages in the browser: axe at two sizes, without scripts, pictures
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m pytest -q -m sweep tests/e2e

help-pictures: ## take the pictures of the help from the sample, into registry/static/help
	@sh deploy/setup.sh test && exec env HELP_PICTURES=1 $(PYTHON_BIN) -m pytest -q -m sweep tests/e2e/test_help_pictures.py

interop: ## open every paper and workbook with LibreOffice, and leave pictures of them in var/interop
	@sh deploy/setup.sh interop && exec env INTEROP_PICTURES=$(or $(PICTURES),var/interop) \
		$(PYTHON_BIN) -m pytest -q -m interop tests/interop

check: ## style (scripts and sheets too), types, imports, templates, texts, schema, generated documents
	@sh deploy/setup.sh test
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=line --keep-going check-types check-schema check-texts check-style

check-style:
	$(PYTHON_BIN) -m ruff check .
	$(PYTHON_BIN) -m ruff format --check .
	node_modules/.bin/biome check --error-on-warnings .
	.venv/bin/lint-imports
	$(PYTHON_BIN) -m djlint templates --lint --quiet

check-types:
	$(PYTHON_BIN) -m mypy

check-texts:
	$(PYTHON_BIN) -m registry.kernel.i18n.check
	$(FLASK) docs check

check-schema:
	$(FLASK) db check --scratch

format: ## format the Python files, scripts and sheets
	@sh deploy/setup.sh test && $(PYTHON_BIN) -m ruff format . && node_modules/.bin/biome format --write .

trials: ## the long tests: races, kills, many repetitions
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m pytest -q -m trial

restore-trial: ## back up a register, wipe it, restore it to a moment and compare: in a place of its own
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m pytest -q tests/process/test_backup.py tests/db/test_nightly_backup.py

coverage: ## measure which branches of registry/ the tests run, and by which test (a slow run of them all)
	@sh deploy/setup.sh test && rm -rf var/coverage && mkdir -p var/coverage
	$(PYTHON_BIN) -m tests.suite --coverage || touch var/coverage/red
	@$(PYTHON_BIN) -m tests.mutation branches && test ! -e var/coverage/red

mutants: ## change 136 decisions of the program, one at a time, and count those that the tests find (after `make coverage`)
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m tests.mutation python $(ARGS)

sql-mutants: ## drop constraints, triggers and conditions of the database, one at a time, and name those no test misses
	@sh deploy/setup.sh test && exec $(PYTHON_BIN) -m tests.mutation sql $(ARGS)

lock: ## compile the pinned lists of packages anew (needs uv)
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

vendor: ## copy the front-end libraries anew (needs Node)
	sh deploy/vendor.sh

i18n: ## add new texts to the English catalogue
	@sh deploy/setup.sh test && $(PYTHON_BIN) -m registry.kernel.i18n.check --update

bench: ## measure imports, maps and search beside plain SQL and tipg (ROWS=200000 EXISTING=1000000 for the full size)
	@sh deploy/setup.sh test && env ROWS=$(ROWS) EXISTING=$(EXISTING) $(PYTHON_BIN) -m bench.imports
	@env SIZES=$(SIZES) $(PYTHON_BIN) -m bench.map
	@$(PYTHON_BIN) -m bench.drawings
	@env SIZES=$(SIZES) $(PYTHON_BIN) -m bench.dashboard
	@env SIZES=$(SIZES) $(PYTHON_BIN) -m bench.relations
	@$(PYTHON_BIN) -m bench.browser
	@$(PYTHON_BIN) -m bench.map_page
	@$(PYTHON_BIN) -m bench.peer
	@$(PYTHON_BIN) -m bench.row_policies
	@exec env EXISTING=$(EXISTING) $(PYTHON_BIN) -m bench.search
