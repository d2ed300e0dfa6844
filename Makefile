# Doorstep · 民情日记. `make help` lists the commands.
# The newest Python that runs: version managers leave a name on PATH for interpreters that are not selected.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c '' >/dev/null 2>&1 && echo $$name && exit; done; echo python3)
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test check bench fuzz backup restore lock shots clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## run the product (options: PORT=8000 DEMO=street|county|city|none HTTPS=1 PROGRAMME=liaocheng)
	@$(PYTHON) tools/bootstrap.py
	@$(VENV)/python -m app.run $(if $(PORT),--port $(PORT)) $(if $(DEMO),--demo $(DEMO)) $(if $(HTTPS),--https) $(if $(PROGRAMME),--programme $(PROGRAMME))

test: ## all tests, with what they need installed as far as this machine allows
	@$(PYTHON) tools/bootstrap.py --dev
	@$(VENV)/python tools/run_tests.py

check: ## everything but the browser: lint, types, import contracts, unit and API tests
	@$(PYTHON) tools/bootstrap.py --dev
	@$(VENV)/python tools/run_tests.py --no-browser

bench: ## measure speed and size against the limits
	@$(PYTHON) tools/bootstrap.py --dev
	@$(VENV)/python -m bench

fuzz: ## the long property runs: 100,000 histories on both databases (hours)
	@$(PYTHON) tools/bootstrap.py --dev
	@$(VENV)/python tools/run_tests.py --long

backup: ## one archive of database, photos and secrets (TO=file)
	@$(VENV)/flask --app wsgi backup $(TO)

restore: ## put an archive back, check it, and begin a new epoch (FROM=file)
	@$(VENV)/flask --app wsgi restore $(FROM)

lock: ## renew the lock files
	@$(VENV)/python -m pip install --quiet pip-tools
	@$(VENV)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock pyproject.toml
	@$(VENV)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-header --extra dev -o requirements-dev.lock pyproject.toml

shots: ## screenshots of every screen into docs/pictures
	@$(VENV)/python -m tools.shots

clean: ## remove what was built (not the data in var/)
	rm -rf .venv pwa/node_modules pwa/dist
