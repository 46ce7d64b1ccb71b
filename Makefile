# What one types while working on Weibox. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Where `make check` finds the other engines. Each test makes a database of its own and drops it.
TEST_MYSQL ?= $(or $(WEIBOX_TEST_MYSQL),root@tcp(127.0.0.1:3306)/)
TEST_REDIS ?= $(or $(WEIBOX_TEST_REDIS),127.0.0.1:6379)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## the product with a pretend Weibo inside
	go run . demo

.PHONY: build
build: ## ./weibox, one static file
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o weibox .

.PHONY: test
test: ## all Go tests on SQLite, nothing to install
	env -u WEIBOX_TEST_MYSQL -u WEIBOX_TEST_REDIS go test ./...

.PHONY: check
check: check-style test check-engines check-race chaos check-frontend check-e2e ## everything, each once; nothing is skipped
	@echo "check: all is well"

.PHONY: check-style
check-style: ## gofmt and go vet
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:" >&2; echo "$$unformatted" >&2; exit 1; fi
	go vet ./...

.PHONY: check-engines
check-engines: ## all Go tests again, with MariaDB and Redis
	WEIBOX_TEST_MYSQL='$(TEST_MYSQL)' WEIBOX_TEST_REDIS='$(TEST_REDIS)' .ci/gotest -count=1 ./...

.PHONY: check-race
check-race: ## the concurrent packages under the race detector
	WEIBOX_TEST_MYSQL='$(TEST_MYSQL)' WEIBOX_TEST_REDIS='$(TEST_REDIS)' .ci/gotest -race -count=1 ./inbox/... ./jobs ./api

.PHONY: chaos
chaos: ## kill everything in turn and compare with the platform's ledger, three minutes (docs/chaos.md)
	WEIBOX_CHAOS=short go test -count=1 -v -run Promises ./jobs/chaos

.PHONY: chaos-long
chaos-long: ## the same for a release: 200 kills and 100 000 events on each engine
	WEIBOX_CHAOS=long go test -count=1 -v -timeout 2h -run Promises ./jobs/chaos

.PHONY: check-frontend
check-frontend: frontend/node_modules/.package-lock.json ## types, tests, build, budgets; the build is the one in git
	cd frontend && npm run --silent check
	@changed=$$(git status --porcelain -- frontend/dist); \
	if [ -n "$$changed" ]; then echo "the build differs from frontend/dist in git; commit it:" >&2; echo "$$changed" >&2; exit 1; fi

.PHONY: check-e2e
check-e2e: build frontend/node_modules/.package-lock.json ## Chromium against a demo that is started for it
	.ci/e2e

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	cd frontend && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

.PHONY: bench
bench: ## measure on both engines, and renew the table in docs/benchmarks.md
	WEIBOX_TEST_MYSQL='$(TEST_MYSQL)' WEIBOX_TEST_REDIS='$(TEST_REDIS)' .ci/bench

.PHONY: fuzz-short
fuzz-short: ## every fuzz test for ten seconds
	.ci/fuzz 10s

.PHONY: clean
clean: ## what was built and installed here
	rm -rf weibox frontend/node_modules frontend/screenshots frontend/test-results coverage.out
