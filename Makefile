# What one types. `make help` lists it; everything a target needs is set up by itself (infra/setup).
.DEFAULT_GOAL := help
.PHONY: help run keycloak test test-all prove-isolation bench lint types format messages lock clean

prepare := @infra/setup/python infra/setup/prepare.py
locale := platform/lienxa/platform/web/locale
pytest := .venv/bin/pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

# `make run SSO=keycloak`: the same on a real Keycloak server, which is fetched by name (docs/keycloak.md). It has a data
# folder of its own: people stay with the issuer that knows them.
ifdef SSO
export LIENXA_SSO := $(SSO)
export LIENXA_DATA ?= .lienxa-$(SSO)
endif

run: ## set up, start the service, print its address (LIENXA_PORT, LIENXA_DATA); Ctrl-C stops it
	$(prepare) run
	@exec .venv/bin/lienxa run

keycloak: export LIENXA_SSO := keycloak
keycloak: export LIENXA_DATA ?= .lienxa-keycloak
keycloak: ## the Keycloak server of `make run SSO=keycloak` alone
	$(prepare) run
	@exec .venv/bin/lienxa keycloak

test: ## every test but the long ones
	$(prepare) test
	@$(pytest) -m "not long"

test-all: ## every test
	$(prepare) test
	@$(pytest)

prove-isolation: ## take each filter between organs away and print what then leaks (docs/security.md)
	$(prepare) test
	@.venv/bin/pytest -q -s tests/isolation/test_prove.py

bench: ## measure against the bare stack, write build/bench.json (WORKS="my_work book_page" for these alone)
	$(prepare) run
	@.venv/bin/python tests/load/bench.py $(WORKS)

lint: ## ruff and the import contracts
	$(prepare) test
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/lint-imports

types: ## mypy, strict
	$(prepare) test
	@.venv/bin/mypy

format: ## let ruff rewrite
	$(prepare) test
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

messages: ## collect every text in build/lienxa.pot and bring the catalogues of web/locale up to it
	$(prepare) test
	@mkdir -p build
	@.venv/bin/pybabel -q extract -F infra/setup/babel.cfg --omit-header --no-wrap -o build/lienxa.pot platform tenants workers
	@for po in $(locale)/*/LC_MESSAGES/lienxa.po; do \
	  [ -e "$$po" ] || continue; \
	  folder=$$(dirname "$$po"); language=$$(basename "$$(dirname "$$folder")"); \
	  .venv/bin/pybabel -q update -i build/lienxa.pot -o "$$po" -l "$$language" --no-wrap && \
	  .venv/bin/pybabel -q compile -i "$$po" -o "$$folder/lienxa.mo" -l "$$language" || exit 1; \
	done
	@echo "$$(grep -c '^msgid' build/lienxa.pot) texts in build/lienxa.pot"

lock: ## write requirements/*.txt from *.in, and package-lock.json
	$(prepare) lock
	@for list in run dev keycloak node lock; do \
	  .venv/bin/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes --no-header \
	    --output-file=requirements/$$list.txt requirements/$$list.in || exit 1; \
	done
	@npm install --package-lock-only

clean: ## remove what was set up; the data folder stays
	rm -rf .venv node_modules build
