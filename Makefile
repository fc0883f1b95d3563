# Every target sets up what it needs: Debian 12, as root (for apt) or with the packages already there.
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: demo demo-stop test soak lint bench generate clean

demo: $(VENV)/.ready
	examples/demo.sh

demo-stop:
	examples/demo.sh stop

test: $(VENV)/.ready
	tests/setup/packages tests
	$(PY) -m pytest -n 2 -m "not soak" $(ARGS)

soak: $(VENV)/.ready
	tests/setup/packages tests
	$(PY) -m pytest -n 2 -m "soak" $(ARGS)

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
	$(PY) -m tests.generated

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.ready: pyproject.toml tests/setup/venv
	tests/setup/venv $(VENV)
	touch $@
