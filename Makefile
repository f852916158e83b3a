# The commands of this repository. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo
# Where `make demo` leaves its files.
DEMO ?= demo-output
# The target of the static binaries: glibc works everywhere; musl and arm64 by TARGET=x86_64-unknown-linux-musl and so on.
TARGET ?= $(shell uname -m)-unknown-linux-gnu

.PHONY: help
help: ## List the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Check what the other commands need, and install it where possible
	@tests/scripts/setup.sh

.PHONY: demo
demo: setup ## Validate 10,000 transactions in 5 partitions, 2 at a time, and show the result
	@tests/scripts/demo.sh $(DEMO)

.PHONY: demo-queue
demo-queue: setup ## Validate 10,000 transactions from a Redis queue with 5 workers, and show the result
	@tests/scripts/demo-queue.sh $(DEMO)/queue

.PHONY: test
test: ## Run all tests that need neither containers nor a cluster
	@tests/scripts/setup.sh redis-server=redis-server
	@tests/scripts/test.sh

.PHONY: test-s3
test-s3: setup ## Run the storage tests against the S3 server of AWS_ENDPOINT_URL, in the bucket S3_TEST_BUCKET
	$(CARGO) test -p system-tests --test s3_suite -- --ignored

.PHONY: check
check: setup ## Formatting, lints and documentation, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

.PHONY: static
static: setup ## Build the static release binaries that the images hold (TARGET=... for another target)
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --release --locked --bins --target $(TARGET)

.PHONY: images
images: static ## Build the images, FROM scratch, from the static binaries, and print their sizes
	@tests/scripts/images.sh $(TARGET)

.PHONY: bench
bench: setup ## Compare the workers with their peers, side by side in one run
	@tests/scripts/bench.sh

.PHONY: clean
clean: ## Remove what the other commands made
	rm -rf $(DEMO) target
