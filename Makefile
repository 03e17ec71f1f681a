# `make run` and `make test` need Python 3.11+ and nothing else.

PYTHON_VENV = .venv/bin/python
TEST_PROCESSES ?= 2
# What the checks need to load the settings; they connect to nothing.
CHECK_ENV = ENVIRONMENT=test DATABASE_URL=postgres://nobody@127.0.0.1:9/none REDIS_URL=redis://127.0.0.1:9/0

.PHONY: run test chaos bench check lock clean reset

run: ## Everything in one terminal, for evaluation: PORT, HOST, DATABASE_URL and REDIS_URL are heeded
	@sh requirements/install.sh run && exec $(PYTHON_VENV) manage.py runlocal

test: ## pytest on services of its own: make test PYTEST_ARGS="tests/tickets -k clock"
	@sh requirements/install.sh dev
	@sh tests/browser/install.sh
	@sh tests/deployment/install.sh
	@$(PYTHON_VENV) -m pytest -n $(TEST_PROCESSES) $(PYTEST_ARGS)

chaos: ## Faults at full size: 100,000 messages while everything is killed, ...; see docs/faults.md
	@sh requirements/install.sh dev
	@CHAOS_SIZE=full $(PYTHON_VENV) -m pytest -p no:randomly tests/chaos $(PYTEST_ARGS)

bench: ## Measure a desk of SIZE tickets (10000): SIZE=200000 make bench; see docs/benchmarks.md
	@sh requirements/install.sh dev
	@$(PYTHON_VENV) -m benchmarks $(BENCH_PARTS)

check: ## Style, types, import contracts, migrations, templates
	@sh requirements/install.sh dev
	$(PYTHON_VENV) -m ruff check .
	$(PYTHON_VENV) -m ruff format --check .
	$(PYTHON_VENV) -m tests.lint_templates
	.venv/bin/lint-imports
	$(CHECK_ENV) $(PYTHON_VENV) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(CHECK_ENV) $(PYTHON_VENV) -m mypy

lock: ## Renew the locked requirements (needs uv)
	uv pip compile pyproject.toml --extra s3 --extra sentry --python-version 3.11 --universal --generate-hashes --no-header -o requirements/prod.txt
	uv pip compile pyproject.toml --extra demo --python-version 3.11 --universal --generate-hashes --no-header -o requirements/run.txt
	uv pip compile pyproject.toml --extra demo --extra s3 --extra sentry --group dev --python-version 3.11 --universal --generate-hashes --no-header -o requirements/dev.txt

clean: ## Remove the virtual environment and caches; the data of `make run` stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

reset: ## Remove the data of `make run`: the next start is a first start
	@sh requirements/install.sh run && exec $(PYTHON_VENV) manage.py runlocal --reset
