# The commands of the project; `make` alone lists them.

PYTHON := python3
VENV := .venv/bin/python
DEMO := PORTAL_MODE=demo SECRET_KEY=only-for-checks DATABASE_URL=sqlite://:memory:
PRODUCTION := PORTAL_MODE=production PORTAL_URL=https://licenses.vendor.example MAIL_URL=smtp://localhost:25 \
	DATABASE_URL=sqlite://:memory:
COMPILE := $(VENV) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --universal \
	--python-version 3.11 --no-header pyproject.toml

.PHONY: help run unit test test-all siege mutants mutants-sample bench check fix lock messages golden screenshots mail-colors release install-dev

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

# Ctrl-C in a terminal and SIGTERM to the supervisor end everything with status 0. A signal to
# make itself is another thing: SIGTERM it passes on and then dies of it (143); SIGINT it does
# not pass on.
run: ## Run the demo site at http://localhost:8000 (other port: make run PORT=8001)
	@$(PYTHON) tools/install.py run
	@exec $(VENV) -m tools.serve

unit: install-dev ## Run the tests that need no database, in about a minute
	@exec $(VENV) -m tools.test unit $(ARGS)

test: install-dev ## Run the tests but the longest, in some ten minutes (some: make test ARGS="-k serial")
	@exec $(VENV) -m tools.test $(if $(ARGS),named,quick) $(ARGS)

test-all: install-dev ## Run all tests, sieges and walks too, on both databases, and measure coverage
	@exec $(VENV) -m tools.test all $(ARGS)

siege: install-dev ## Run all sieges: random orders, races, thousands of rows, every field in every form
	@exec $(VENV) -m tools.test siege $(ARGS)

mutants: install-dev ## Do unit tests notice each change of a pure rule? (some: make mutants ARGS=texts/)
	@exec $(VENV) -m tools.mutants $(ARGS)

mutants-sample: install-dev ## The same of a fixed share, and of rules that changed (since BASE=HEAD~1)
	@exec $(VENV) -m tools.mutants sample $(BASE)

bench: install-dev ## Measure the portal at 1,000 to 1,000,000 orders (in five minutes: make bench QUICK=1)
	@exec $(VENV) -m bench $(if $(QUICK),quick,full) $(ARGS)

check: install-dev ## Check style, types, imports, migrations and production settings
	$(VENV) -m ruff check
	$(VENV) -m ruff format --check
	$(VENV) -m djlint --quiet --check --lint templates
	$(DEMO) $(VENV) -m mypy .
	$(VENV) -m tools.look_ups
	$(VENV) -m tools.printed_serials
	$(VENV) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(VENV) -m pytest -q tests/pure/test_migration_graph.py
	$(DEMO) $(VENV) manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(VENV) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	LINK_KEY=$$($(VENV) -c 'import secrets; print(secrets.token_urlsafe(50))') $(PRODUCTION) \
		$(VENV) manage.py check --deploy --fail-level WARNING

fix: install-dev ## Repair style where a tool can
	$(VENV) -m ruff check --fix
	$(VENV) -m ruff format
	$(VENV) -m djlint --quiet --reformat templates

lock: install-dev ## Write requirements/*.txt anew from pyproject.toml
	$(COMPILE) -o requirements/run.txt
	$(COMPILE) --group dev -c requirements/run.txt -o requirements/dev.txt

messages: install-dev ## Bring the translations up to date with the texts (needs gettext)
	@exec $(VENV) -m tools.messages

golden: install-dev ## Write the golden files of all mail anew; look at the difference
	$(VENV) -m pytest -q tests/notifications/test_golden.py --renew-golden

screenshots: install-dev ## Take the pictures in docs/screenshots/ anew, from the demo
	@exec $(VENV) -m tools.screenshots

mail-colors: install-dev ## Note how each mail looks anew, once you have looked at its preview
	@RENEW_MAIL_COLORS=1 exec $(VENV) -m pytest -q -n0 tests/browser/test_mail_previews.py

release: install-dev ## Check this version, and tag it
	@exec $(VENV) -m tools.release

install-dev:
	@$(PYTHON) tools/install.py dev
