# Everything runs in $(VENV), made on first use: a clean clone needs Python 3.10 or newer and make, nothing else.

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
PIP_INSTALL = -m pip --disable-pip-version-check install -qq

WHEEL_TEST = build/wheel-test
# The Python that the wheel is tested with: another than that of the environment shows what only one of them can.
WHEEL_PYTHON ?= $(BIN)/python
PACKAGES = build/packages
SHELL_SCRIPTS = packaging/deb/* packaging/rpm/* deploy/slurm/neuron-validator-prolog deploy/image-gate/gate.sh
ARCHITECTURES = amd64 arm64
# Tests of the unpacked source distribution look for the material that stands beside this checkout.
SHARED = $(or $(NEURON_VALIDATOR_SHARED),$(wildcard $(abspath ../shared)))

.DELETE_ON_ERROR:
# Two targets that install into one environment at the same time would break it.
.NOTPARALLEL:
.PHONY: diagnose test lint format types contracts wheel-test manifests packages sbom packages-test ci clean

# The sample host is broken on purpose. Exit codes 0 to 3 are verdicts; anything else is a failure.
diagnose: $(VENV)/.installed
	@$(BIN)/neuron-validator diagnose --root tests/hosts/trn1-driver-runtime-broken --as-of 2026-11-21; \
	code=$$?; \
	[ $$code -le 3 ] || exit $$code

test: $(VENV)/.installed-dev
	$(BIN)/pytest --cov

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/shellcheck --shell=sh $(SHELL_SCRIPTS)

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.installed-dev
	$(BIN)/mypy

contracts: $(VENV)/.installed-dev
	$(BIN)/lint-imports --no-logo --no-cache

# A release as its users get it: the wheel built from the source distribution, in an environment of its own, tested with
# the tests of that source distribution. conftest.py stops the run if the checkout is imported instead.
wheel-test: $(VENV)/.installed-dev
	rm -rf $(WHEEL_TEST)
	$(BIN)/python -m build --outdir $(WHEEL_TEST)/dist . > $(VENV)/build.log 2>&1 || { cat $(VENV)/build.log; exit 1; }
	$(BIN)/check-wheel-contents $(WHEEL_TEST)/dist
	mkdir $(WHEEL_TEST)/src
	tar -xzf $(WHEEL_TEST)/dist/*.tar.gz -C $(WHEEL_TEST)/src --strip-components=1
	$(WHEEL_PYTHON) -m venv $(WHEEL_TEST)/venv
	$(WHEEL_TEST)/venv/bin/python $(PIP_INSTALL) "$$(echo $(WHEEL_TEST)/dist/*.whl)[test,web,zstd]"
	cd $(WHEEL_TEST)/src && NEURON_VALIDATOR_TEST_INSTALLED=1 NEURON_VALIDATOR_SHARED="$(SHARED)" ../venv/bin/pytest -n auto --dist worksteal

# What is in deploy for Kubernetes and GitHub, by the schemas of both.
manifests: $(VENV)/.installed-dev $(VENV)/.installed-manifests
	$(BIN)/pytest tests/test_deploy_manifests.py

# Everything that is handed out, in dist: wheel, source distribution, debs and rpms.
packages: $(VENV)/.installed-release
	rm -rf dist $(PACKAGES)
	$(BIN)/python -m build --outdir dist . > $(VENV)/build.log 2>&1 || { cat $(VENV)/build.log; exit 1; }
	set -e; export PATH="$(abspath $(BIN)):$$PATH"; \
	for arch in $(ARCHITECTURES); do for format in deb rpm; do \
		python packaging/make_package.py dist/*.whl --format $$format --arch $$arch --output $(PACKAGES); \
	done; done
	cp $(PACKAGES)/*.deb $(PACKAGES)/*.rpm dist

# What is in the packages, as CycloneDX. The tool asks an interpreter for its path: this one has what the packages have.
sbom: packages
	printf '#!/bin/sh\nPYTHONPATH=%s exec %s -S "$$@"\n' $(abspath $(PACKAGES)/tree-deb-amd64/lib) $(abspath $(BIN)/python) > $(PACKAGES)/python
	chmod +x $(PACKAGES)/python
	version=$$($(PACKAGES)/python -c 'import neuron_validator; print(neuron_validator.__version__)') && \
	sed "s/^dynamic = .*/version = \"$$version\"/" pyproject.toml > $(PACKAGES)/pyproject.toml && \
	$(BIN)/cyclonedx-py environment --pyproject $(PACKAGES)/pyproject.toml --output-reproducible --of JSON \
		-o dist/neuron-validator-$$version.cdx.json $(PACKAGES)/python

# As root, with debootstrap and a Debian mirror: installs, runs, upgrades and removes the packages in real roots.
packages-test: $(VENV)/.installed-dev $(VENV)/.installed-release
	$(BIN)/pytest -m privileged tests/privileged/test_packages.py

ci: lint types contracts test wheel-test

clean:
	rm -rf .venv* build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
	{ echo "neuron-validator needs Python 3.10 or newer; '$(PYTHON)' is missing or older: name another, as in 'make $(MAKECMDGOALS) PYTHON=python3.11'" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "'$(PYTHON)' cannot make virtual environments: install its venv module, on Debian and Ubuntu 'apt-get install python3-venv'" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "installing into $(VENV)" >&2
	@$(BIN)/python $(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-release $(VENV)/.installed-manifests: pyproject.toml | $(VENV)/pyvenv.cfg
	@$(BIN)/python $(PIP_INSTALL) -e '.[$(@:$(VENV)/.installed-%=%)]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "installing into $(VENV), with what the tests need" >&2
	@$(BIN)/python $(PIP_INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.installed
