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
	$(POLKA) mutants --dialect cometbft-v0.38 --sample 20 --logs $(LOGS)/cometbft
	$(POLKA) mutants --dialect cometbft-v1 --sample 20 --logs $(LOGS)/cometbft

.PHONY: mutants-deep
mutants-deep: ## Make every small mistake about the rules of each dialect (some minutes), and write docs/mutants-results.md
	$(POLKA) mutants --mechanical --dialect all --logs $(LOGS)/cometbft --results docs/mutants-results.md

.PHONY: fresh
fresh: ## Compare the generated files with the rules, and hold the tables against their laws
	$(POLKA) generate --check

.PHONY: traces
traces: ## Judge the bundled logs of CometBFT nodes and of our own
	@$(POLKA) trace check -q $(wildcard $(LOGS)/cometbft/*/) $(wildcard $(LOGS)/polka/*/) $(wildcard $(LOGS)/cometbft/*/*/node.log.zst)

.PHONY: check-deep
check-deep: mutants-deep ## Explore all bounds, the large ones too (an hour or so), and write docs/results.md
	$(POLKA) check --dialect all --results docs/results.md
	@for dialect in paper cometbft-v1 cometbft-v0.38; do \
		$(POLKA) check --deep --dialect $$dialect --results docs/results.md || exit 1; \
	done

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
	$(GO) test -run '^$$' -bench . -skip '^BenchmarkCheck$$' -benchmem -count $(or $(COUNT),6) ./... > .bin/bench.txt; $(GO) tool benchstat .bin/bench.txt

BENCHED := TwoPhase-packed/N=7 TwoPhase-packed/N=8 TwoPhase-packed/N=9 TwoPhase-readable/N=7 TwoPhase-readable/N=8 \
	TwoPhase-fingerprints/N=9 TwoPhase-on-disk/N=8 soup-0B/N=4

# What a state costs as they grow to 3.7·10^8 takes a quarter of an hour and 12 GB:
# make bench-check BENCHED="TwoPhase-packed/N=10 TwoPhase-packed/N=11"
.PHONY: bench-check
bench-check: ## Time whole searches of the checker, each in a process of its own, to hold beside TLC's
	@mkdir -p .bin
	@$(GO) test -c -o .bin/modelcheck.test ./modelcheck
	@printf '%-32s %10s %12s %6s %8s %12s %12s %8s %8s\n' model distinct generated depth seconds distinct/s generated/s B/state peak-MB
	@for model in $(BENCHED); do for workers in 1 2; do \
		.bin/modelcheck.test -test.run '^$$' -test.bench "^BenchmarkCheck$$/^$$(echo $$model | sed 's,/,$$/^,')$$/^workers=$$workers$$" \
		| awk '/^BenchmarkCheck/ {for (i = 3; i < NF; i += 2) v[$$(i+1)] = $$i; sub("BenchmarkCheck/", "", $$1); sub("-[0-9]*$$", "", $$1); \
			printf "%-32s %10d %12d %6d %8.3f %12d %12d %8.1f %8.0f\n", $$1, v["distinct"], v["generated"], v["depth"], v["s"], v["distinct/s"], v["generated/s"], v["B/state"], v["peak-MB"]}' || exit 1; \
	done; done
	@.bin/modelcheck.test -test.run '^$$' -test.bench '^BenchmarkScaling$$' | grep ^Benchmark

.PHONY: cover
cover: ## Tell the statement coverage per package
	$(GO) test -cover ./...

.PHONY: help
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-zA-Z_-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
