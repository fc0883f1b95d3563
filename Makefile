# Every target sets up what it needs: Debian 12, as root (for apt) or with the packages already there.
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: demo demo-stop test soak conformance lint bench generate mutants deb deb-test lock clean

demo: $(VENV)/.ready
	examples/demo.sh

demo-stop:
	examples/demo.sh stop

# Most of the time of a system test is waiting: twice as many workers as processors.
test: $(VENV)/.ready
	tests/setup/packages tests
	-@tests/setup/registry-3 $(PY) >/dev/null
	-@tests/setup/clients $(PY) >/dev/null
	$(PY) -m pytest -n 4 --dist worksteal -m "not soak" $(ARGS)

soak: $(VENV)/.ready
	tests/setup/packages tests
	-@tests/setup/registry-3 $(PY) >/dev/null
	-@tests/setup/clients $(PY) >/dev/null
	-@tests/setup/azurite >/dev/null
	$(PY) -m pytest -n 2 -m "soak" $(ARGS)

# The OCI's own tests of a registry: what passes through ctl, and at the registry alone.
conformance: $(VENV)/.ready
	tests/setup/packages tests
	-@tests/setup/registry-3 $(PY) >/dev/null
	tests/setup/clients $(PY) >/dev/null
	$(PY) -m tests.system.conformance

lint: $(VENV)/.ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/.ready
	tests/setup/packages tests
	$(PY) -m tests.bench
	$(PY) -m tests.bench.switching
	$(PY) -m tests.bench.collecting

# The documents that are made from the declaration of the settings: schema/ and examples/gitlab.rb.
generate: $(VENV)/.ready
	$(PY) -m tools.generate

# Which small mistakes in a module would no test notice? Every mutant is tried in a copy of the checkout.
mutants: $(VENV)/.ready
	tests/setup/packages tests
	$(PY) -m tests.mutants $(MODULES)

# The Debian package, into dist/: for this machine's release, or for SUITE=trixie.
deb:
	debian/make-deb $(addprefix -s ,$(SUITE))

# Built twice and compared, checked by lintian, installed, used, upgraded under load and purged in a minimal system; then
# a machine of the release before is upgraded. SUITE=bookworm or trixie, by default both.
deb-test:
	debian/deb-test $(SUITE)

# The libraries that the package carries, at their newest versions, with the hashes of all their files.
lock: $(VENV)/.ready
	$(PY) -m pip install --quiet pip-tools
	$(PY) -m piptools compile --quiet --upgrade --generate-hashes --strip-extras --no-emit-find-links \
	  --no-emit-index-url --no-header --output-file debian/requirements.lock pyproject.toml

clean:
	rm -rf dist $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.ready: pyproject.toml tests/setup/venv
	tests/setup/venv $(VENV)
	touch $@
