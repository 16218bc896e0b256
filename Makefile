# Everything needs Go and make only; the first run downloads the modules that
# go.mod pins.
.DEFAULT_GOAL := help

GO       ?= go
POLKA    := $(GO) run ./tools/polka
LOGS     := traces/testdata
GOLANGCI := v2.15.0

##@ Before a merge
.PHONY: check
check: fresh model mutants traces ## Explore the models, kill the mutants, compare the generated files, judge the bundled logs

.PHONY: test
test: ## Run every test
	$(GO) test ./...

.PHONY: race
race: ## Run every test with the race detector
	$(GO) test -race ./...

.PHONY: lint
lint: ## Format, vet, staticcheck and module file
	@out=$$($(GO) tool gofumpt -l .); if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff

.PHONY: golangci
golangci: .bin/golangci-lint-$(GOLANGCI) ## Run golangci-lint with .golangci.yml (builds it on first use)
	.bin/golangci-lint-$(GOLANGCI) run

.bin/golangci-lint-$(GOLANGCI):
	GOBIN=$(CURDIR)/.bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	mv .bin/golangci-lint $@

##@ The parts of a check
.PHONY: model
model: ## Explore every reachable state of the standard models, dialect by dialect
	$(POLKA) check --dialect all

.PHONY: mutants
mutants: ## Break each rule and see that a property notices; of CometBFT's rules a sample
	$(POLKA) mutants
	$(POLKA) mutants --dialect cometbft-v0.38 --sample 20
	$(POLKA) mutants --dialect cometbft-v1 --sample 20

.PHONY: mutants-deep
mutants-deep: ## Make every small mistake about CometBFT's rules (some minutes)
	$(POLKA) mutants --dialect cometbft-v0.38
	$(POLKA) mutants --dialect cometbft-v1

.PHONY: fresh
fresh: ## Compare the generated files with the rules, and hold the tables against their laws
	$(POLKA) generate --check

.PHONY: traces
traces: ## Judge the bundled logs of CometBFT nodes and of our own
	@$(POLKA) trace check -q $(wildcard $(LOGS)/cometbft/*/) $(wildcard $(LOGS)/polka/*/)

.PHONY: check-deep
check-deep: mutants-deep ## Explore the large bounds (an hour or so), and write docs/results.md
	$(POLKA) check --deep --dialect all --results docs/results.md

##@ After a change
.PHONY: generate
generate: ## Write the generated files again
	$(POLKA) generate

.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZTIME (30s each)
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(or $(FUZZTIME),30s) $$pkg || exit 1; \
		done; \
	done

.PHONY: bench
bench: ## Run the benchmarks, COUNT times (6), and summarize them
	@mkdir -p .bin
	$(GO) test -run '^$$' -bench . -benchmem -count $(or $(COUNT),6) ./... > .bin/bench.txt; $(GO) tool benchstat .bin/bench.txt

.PHONY: cover
cover: ## Tell the statement coverage per package
	$(GO) test -cover ./...

.PHONY: help
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-zA-Z_-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
