# Each line calls something readable. `setup` says what it installs before it does; the lab needs root.
UV_PATH := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cti_router/uv-venv/bin
ROOT := $(if $(filter 0,$(shell id -u)),,sudo -E)
RUN = $(ROOT) env PATH="$$PATH:$(UV_PATH)" uv run --frozen --quiet

.PHONY: demo test check bench setup

demo: setup
	@$(RUN) python -m deploy.lab.demo

test: setup check
	$(RUN) pytest

check: setup
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports

bench:
	@sh deploy/lab/setup.sh bench
	@$(RUN) python -m tests.bench

setup:
	@sh deploy/lab/setup.sh
