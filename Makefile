# Muster. Say `make` for what can be made.

GO           ?= go
BIN          := $(CURDIR)/.bin
LINT         := $(BIN)/golangci-lint
LINT_VERSION := 2.15.0

# To narrow or stretch: make fuzz FUZZTIME=5m · make bench BENCH=Import
# make test TESTFLAGS='-run Rollback -v' PKG=./core/...
PKG       ?= ./...
TESTFLAGS ?=
BENCH     ?= .
BENCHTIME ?= 1s
FUZZ      ?= .
FUZZTIME  ?= 20s
PEOPLE    ?= 5000

.DEFAULT_GOAL := help
.NOTPARALLEL:

##@ Use it

.PHONY: run
run: build ## Build Muster and open it
	@$(BIN)/muster

.PHONY: demo
demo: build ## The same on a throw-away store of PEOPLE made-up people
	@$(BIN)/muster demo --people $(PEOPLE)

.PHONY: build
build: ## Build one static binary, .bin/muster
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/muster ./cmd/muster

.PHONY: man
man: build ## Write the manual page, .bin/muster.1
	$(BIN)/muster man > $(BIN)/muster.1

##@ Prove it

.PHONY: test
test: ## Run all tests
	$(GO) test $(TESTFLAGS) $(PKG)

# Under the race detector a program lingers for a second when it ends, unless it
# is told; the tests run some hundreds.
.PHONY: race
race: compiler ## Run all tests under the race detector (needs a C compiler)
	GORACE=atexit_sleep_ms=20 CGO_ENABLED=1 $(GO) test -race -timeout 20m $(TESTFLAGS) $(PKG)

.PHONY: lint
lint: ## Check format, go.mod, and what .golangci.yml asks for
	@$(LINT) version 2>/dev/null | grep -qF "version $(LINT_VERSION) built with $$($(GO) env GOVERSION) " || { \
		echo "installing golangci-lint $(LINT_VERSION) into .bin (once; takes some minutes)"; \
		CGO_ENABLED=0 GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION); }
	@unformatted=$$($(GOFMT) -l -s $(SOURCES)) || exit 1; \
		[ -z "$$unformatted" ] || { printf 'not formatted, say make fmt:\n%s\n' "$$unformatted"; exit 1; }
	$(LINT) run ./...
	$(GO) mod tidy -diff

# How a benchmark says what it measured and what its budget is: .ci/bench.awk
.PHONY: bench
bench: ## Measure everything and hold it against the budgets (BENCH=regexp)
	@$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -timeout 60m $(PKG) 2>&1 \
		| tee /dev/stderr | awk -f .ci/bench.awk

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (FUZZ=regexp)
	@targets=$$($(GO) test -list '^Fuzz' $(PKG)) || { echo "$$targets"; exit 1; }; \
	echo "$$targets" | awk '/^Fuzz/ { name[n++] = $$1 } /^ok/ { while (n) print $$2, name[--n] }' \
		| grep -E '$(FUZZ)' | while read -r pkg target; do \
			echo "$$target in $$pkg, $(FUZZTIME)"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$pkg" </dev/null || exit 1; \
		done

##@ Keep it

.PHONY: fmt
fmt: ## Format the Go files
	@$(GOFMT) -l -s -w $(SOURCES)

.PHONY: readme
readme: ## Write the generated parts of the README anew
	$(GO) test -count=1 ./cmd/muster -run '^TestReadmeIsUpToDate$$' -update

.PHONY: screenshots
screenshots: ## Draw each screen into testdata/screens
	$(GO) test ./cmd/muster -count=1 -run 'Story|Stories' -args -screenshots=$(CURDIR)/testdata/screens

.PHONY: help
help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

# The gofmt of the Go that builds, not whichever is first on the path.
GOFMT   = "$$($(GO) env GOROOT)/bin/gofmt"
SOURCES = $(wildcard cmd core storage sync tui)

# The race detector links with C. Better a sentence now than a riddle later.
.PHONY: compiler
compiler:
	@cc=$$($(GO) env CC); echo '#include <stdlib.h>' | $$cc -x c -fsyntax-only - 2>/dev/null || { \
		echo "The race detector needs a C compiler and the C library's headers; \"$$cc\" does not compile."; \
		echo "Install them (Debian, Ubuntu: gcc libc6-dev; Fedora: gcc; Alpine: gcc musl-dev; macOS: xcode-select --install)"; \
		echo "or name another compiler with CC=..."; \
		exit 1; } >&2
