# Each line calls something readable. `setup` says what it installs before it does; the lab needs root.
UV_PATH := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cti_router/uv-venv/bin
ROOT := $(if $(filter 0,$(shell id -u)),,sudo -E)
RUN = $(ROOT) env PATH="$$PATH:$(UV_PATH)" uv run --frozen --quiet

.PHONY: demo test check bench compiled soak setup

demo: setup
	@$(RUN) python -m deploy.lab.demo

# Two files at a time, each with PBXs of its own: most of a test of telephones is waiting.
test: setup check
	$(RUN) pytest -n 2 --dist loadfile

check: setup
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports

bench: var/compiled
	@$(RUN) env CTI_ROUTER_CORE="$(CURDIR)/var/compiled" python -m tests.bench

# The core compiled, and all that tries the core tried on it: it decides as its sources do.
compiled: var/compiled
	@$(RUN) env CTI_ROUTER_CORE="$(CURDIR)/var/compiled" pytest -n 2 tests/core tests/sim tests/bench/test_core.py

# Made anew only when the core's sources have changed.
.PHONY: var/compiled
var/compiled:
	@sh deploy/lab/setup.sh bench
	@$(RUN) python -m deploy.compiled.compile $@

# A million random acts, ten thousand of Hypothesis' stories, and as many short days on a PBX that does what its dialplan
# says, on two cores; SOAK_SEED=n for others, SOAK_ACTS, SOAK_EXAMPLES and SOAK_DAYS for fewer.
# Beside them a caller listens, for five minutes (SOAK_LISTEN_S=300), to prompts of which some are broken: never silence.
SOAK_ACTS ?= 1000000
SOAK_EXAMPLES ?= 10000
SOAK_DAYS ?= 5000
SOAK_LISTEN_S ?= 300
soak: setup
	@$(RUN) env SOAK_ACTS=$(SOAK_ACTS) SOAK_EXAMPLES=$(SOAK_EXAMPLES) SOAK_DAYS=$(SOAK_DAYS) \
		SOAK_LISTEN_S=$(SOAK_LISTEN_S) sh -c '\
		pytest --basetemp=var/soak tests/core/test_interleavings.py & acts=$$!; \
		pytest tests/core/test_invariants*.py tests/core/test_aside_world.py; stories=$$?; \
		pytest --basetemp=var/soak-heard tests/acceptance/test_heard_callers.py -k broken; heard=$$?; \
		wait $$acts && exit $$((stories + heard))'

setup:
	@sh deploy/lab/setup.sh
