# Muster. `make` lists what can be made.

MODULE  := example.com/muster
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TOOLS   := .cache/bin

# Pure Go throughout: the binary is static and needs no C compiler to build.
export CGO_ENABLED := 0

# The version is stamped by us, so that a tarball builds like a checkout.
BUILD := go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'

.PHONY: help build run test check lint format unit system bench race fuzz pictures deadcode vulncheck provision unprovision clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## bin/muster, one static binary
	$(BUILD) -o bin/muster ./cmd/muster

run: build ## build and run the demo: everything embedded, data in a scratch folder
	bin/muster demo

test: ## all that must pass, on a fresh Debian 12 as root; installs what it needs
	@$(MAKE) --no-print-directory provision
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory system

check: lint ## everything but the tests: formatting, vet, linters, modules as declared
	go mod tidy -diff
	go mod verify
	go -C tools mod verify

lint: $(TOOLS)/golangci-lint $(TOOLS)/gofumpt ## formatting, vet and linters
	@unformatted=$$($(TOOLS)/gofumpt -l .) && test -z "$$unformatted" || \
		{ echo "not formatted, run make format:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go vet -tags system,testclock ./...
	$(TOOLS)/golangci-lint run ./...

format: $(TOOLS)/gofumpt ## rewrite all files in the one format
	$(TOOLS)/gofumpt -w .

unit: ## the tests that need nothing installed
	go test ./...

# The longest come first, so that nothing is left to wait for at the end. Most
# of what they do is to wait for servers, not for the processor.
SLOWEST := ./test ./internal/door/console ./internal/store ./internal/door/portal ./test/durability

system: ## every test, those with real servers and a browser too
	go test -tags system -p 3 -parallel 6 -timeout 12m $(SLOWEST) ./...

race: ## the tests that need nothing installed, under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./...

FUZZTIME ?= 30s
fuzz: ## each fuzz target for FUZZTIME (30s)
	scripts/fuzz $(FUZZTIME)

pictures: ## take the pictures of the manual anew, from the demo
	go test -tags system,pictures -run '^TestPictures$$' -count 1 ./test

bench: provision ## the table of docs/performance.md, as ratios; takes about half an hour
	go test -tags bench -run '^TestTable$$' -timeout 2h -v ./bench

deadcode: $(TOOLS)/deadcode ## functions that nothing reaches
	$(TOOLS)/deadcode -test -tags system,bench ./...

vulncheck: $(TOOLS)/govulncheck ## known vulnerabilities; needs the network
	$(TOOLS)/govulncheck ./...

provision: ## install what the system tests need (says what, first)
	@scripts/provision install

unprovision: ## remove the packages that provision has installed
	@scripts/provision remove

clean: ## remove what was built
	rm -rf bin $(TOOLS)

# The tools are pinned in a module of their own, so that their hundreds of
# dependencies stay out of ours; each is built once and kept in .cache.
$(TOOLS)/golangci-lint: PACKAGE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(TOOLS)/gofumpt:       PACKAGE := mvdan.cc/gofumpt
$(TOOLS)/deadcode:      PACKAGE := golang.org/x/tools/cmd/deadcode
$(TOOLS)/benchstat:     PACKAGE := golang.org/x/perf/cmd/benchstat
$(TOOLS)/govulncheck:   PACKAGE := golang.org/x/vuln/cmd/govulncheck
$(TOOLS)/%: tools/go.mod tools/go.sum
	go -C tools build -trimpath -buildvcs=false -o $(CURDIR)/$@ $(PACKAGE)
	@touch $@
