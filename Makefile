# Every command of the project. "make help" lists them.
PYTHON := .venv/bin/python
PROTOS := $(shell find protos -name '*.proto')

.PHONY: help demo test serve client bench fuzz lint screenshots manual setup package clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 14

demo: setup  ## the day of an ambulance centre: AUTO=1 drives the windows by itself
	@$(PYTHON) -m installers.demo $(if $(AUTO),--auto)

test: setup  ## the whole test suite
	@$(PYTHON) -m installers.tests

serve: setup  ## start the server on the demo data
	@$(PYTHON) -m installers.demo --serve

client: setup  ## open the client: make client AREA=vehicles
	@$(PYTHON) -m client $(AREA)

bench: setup  ## measure, and print the figures
	@$(PYTHON) -m tests.bench

fuzz: setup  ## random stock documents against a model: make fuzz STEPS=200000
	@$(PYTHON) -m tests.fuzz $(STEPS)

lint: setup  ## style and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

screenshots: setup  ## a picture of every page in var/screenshots
	@$(PYTHON) -m installers.screenshots

manual: setup  ## the pictures of the manual in docs/操作手册/图
	@$(PYTHON) -m installers.manual

package: setup  ## PyInstaller packages in dist/
	@$(PYTHON) -m installers.package

setup: .venv/.ready  ## install what is missing

.venv/.ready: setup.cfg pyproject.toml installers/linux/packages.txt installers/linux/setup.sh $(PROTOS)
	@installers/linux/setup.sh
	@touch $@

clean:  ## remove what the commands made
	rm -rf .venv var build dist
