# Each line calls something readable. `make demo` and `make test` install what they need first, and say so.
UV = PATH="$(HOME)/.cache/cti_router/uv/bin:$$PATH" uv run --frozen

.PHONY: demo test check bench setup

setup:
	@sh deploy/lab/setup.sh

demo: setup
	@$(UV) python -m deploy.lab.demo

test: setup check
	$(UV) pytest

check: setup
	$(UV) ruff format --check .
	$(UV) ruff check .
	$(UV) mypy
	$(UV) lint-imports

bench: setup
	$(UV) python -m tests.bench
