# The commands of this repository. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo
# Where `make demo` leaves its files.
DEMO ?= demo-output
# The target of the static binaries: glibc works everywhere; musl and arm64 by
# TARGET=x86_64-unknown-linux-musl and so on.
TARGET ?= $(shell uname -m)-unknown-linux-gnu
# What the images are called besides their name. Never `latest`: a cluster that was given an image
# must not look for a newer one.
TAG ?= dev

# Programs that are not installed and that setup.sh had from PyPI instead.
export PATH := $(abspath $(or $(CARGO_TARGET_DIR),target))/tools/bin:$(PATH)

.PHONY: help
help: ## List the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Check what the other commands need, and install it where possible
	@tests/scripts/setup.sh

.PHONY: demo
demo: setup ## Validate 10,000 transactions in 5 partitions, 2 at a time, and show the result
	@tests/scripts/demo.sh $(DEMO)

.PHONY: demo-queue
demo-queue: setup ## Validate 10,000 transactions from a Redis queue with 5 workers
	@tests/scripts/demo-queue.sh $(DEMO)/queue

.PHONY: demo-logs
demo-logs: setup ## Count twelve months of access logs, 4 at a time, and report the year
	@tests/scripts/demo-logs.sh $(DEMO)/logs

.PHONY: test
test: ## Run all tests that need neither root nor containers nor a cluster; name the others
	@tests/scripts/setup.sh redis-server=redis-server redis-cli=redis-tools openssl=openssl \
		python3=python3 kubectl
	@tests/scripts/test.sh

.PHONY: test-root
test-root: ## Run the tests that mount full, slow, read-only or broken disks (root or sudo)
	@tests/scripts/setup.sh unshare=util-linux mke2fs=e2fsprogs losetup=mount modprobe=kmod
	@tests/scripts/test-root.sh

.PHONY: test-parquet
test-parquet: ## Parquet from and to DuckDB, Polars and pyarrow (from PyPI)
	@tests/scripts/setup.sh python3=python3
	@tests/scripts/test-parquet.sh

.PHONY: test-frictionless
test-frictionless: ## Compare verdicts on cells of every type with frictionless-py (from PyPI)
	@tests/scripts/setup.sh python3=python3
	@tests/scripts/test-frictionless.sh

.PHONY: test-fresh
test-fresh: ## Give the README's two commands on a bare Debian 12 (root; 25 minutes)
	@tests/scripts/setup.sh debootstrap=debootstrap git=git unshare=util-linux
	@tests/scripts/test-fresh.sh

.PHONY: test-faults
test-faults: ## Kill, cut off and starve the workers some thousand times (root; minutes)
	@tests/scripts/setup.sh redis-server=redis-server redis-cli=redis-tools unshare=util-linux \
		mke2fs=e2fsprogs losetup=mount modprobe=kmod
	@tests/scripts/test-faults.sh

.PHONY: test-s3
test-s3: setup ## Run the storage tests against AWS_ENDPOINT_URL, in the bucket S3_TEST_BUCKET
	$(CARGO) test -p system-tests --test s3_suite -- --ignored

.PHONY: check
check: setup ## Formatting, lints, documentation and spelling, warnings denied
	@RUST=no tests/scripts/setup.sh venv
	@tests/scripts/typos.sh
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

.PHONY: deny
deny: ## Check the dependencies' licences, sources, duplicates and known vulnerabilities
	@tests/scripts/setup.sh venv
	@tests/scripts/deny.sh

.PHONY: static
static: setup ## Build the static release binaries that the images hold (TARGET=...)
	@CARGO="$(CARGO)" images/static.sh $(TARGET)

.PHONY: reproducible
reproducible: setup ## Build the static binaries twice, in two folders, and compare them
	@CARGO="$(CARGO)" images/reproducible.sh $(TARGET)

.PHONY: docker
docker:
	@tests/scripts/docker.sh

.PHONY: images
images: docker static ## Build the images FROM scratch from the static binaries
	@TAG=$(TAG) images/images.sh $(TARGET)

.PHONY: up
up: docker ## Run Redis, an S3 server, sample data and all workers with Docker Compose
	@tests/scripts/up.sh

.PHONY: up-indexed
up-indexed: ## After make up: 5 more indexes, 2 at once (COUNT=, PARALLEL=, SERVICE=)
	@tests/scripts/run-indexes.sh $(or $(SERVICE),partition-worker) $(or $(COUNT),5) \
		$(or $(PARALLEL),2)

.PHONY: down
down: ## Remove what `make up` started, and its data
	@. tests/scripts/compose.sh; \
		compose --profile run down --volumes --remove-orphans 2>/dev/null \
		|| compose down --volumes --remove-orphans

.PHONY: push
push: ## Push the images to REGISTRY=..., and write their digests to the release overlay
	@images/push.sh "$(REGISTRY)" "$(TAG)"

.PHONY: test-manifests
test-manifests: ## Validate every manifest against the oldest and the newest Kubernetes
	@tests/scripts/setup.sh venv kubectl
	@tests/scripts/test-manifests.sh

.PHONY: test-images
test-images: lab images ## Run the lab's Jobs, the limits and Compose with the images
	@tests/scripts/standins.sh
	$(CARGO) build --locked --quiet --workspace --bins
	TAG=$(TAG) $(CARGO) test --locked --workspace --test images -- --ignored

# What the lab's Jobs need besides images; asked for before these are built.
.PHONY: lab
lab:
	@tests/scripts/setup.sh kubectl redis-server=redis-server redis-cli=redis-tools

.PHONY: standins
standins: docker ## Build images of a Redis and an S3 server, where none can be pulled
	@tests/scripts/standins.sh

.PHONY: test-kind
test-kind: ## After make images: run the lab on kind, or on your cluster (tests/README.md)
	@tests/scripts/setup.sh kubectl
	@TAG=$(TAG) tests/scripts/test-kind.sh

.PHONY: bench
bench: ## Compare the workers with their peers, side by side (minutes, on an idle machine)
	@tests/scripts/bench.sh

.PHONY: bench-quick
bench-quick: ## The same with a hundredth of the work: whether all runs, not how fast
	@tests/scripts/bench.sh --quick

.PHONY: bench-readme
bench-readme: ## Show the last run of make bench in tests/README.md (RESULTS=... for another)
	@tests/scripts/bench-readme.sh $(RESULTS)

.PHONY: bench-micro
bench-micro: ## Time the hot paths by themselves: a row, a line, a step of the queue (Criterion)
	@tests/scripts/setup.sh redis-server=redis-server
	$(CARGO) bench --locked --workspace --bench rows --bench lines --bench claims

.PHONY: bench-instructions
bench-instructions: ## Count the instructions of a row, a line and a task (UPDATE=1 keeps them)
	@tests/scripts/setup.sh redis-server=redis-server redis-cli=redis-tools valgrind=valgrind
	@tests/scripts/bench-instructions.sh

.PHONY: bench-jobs
bench-jobs: setup ## Run Jobs at several parallelisms: ON=local, docker or cluster (ARGS=...)
	@ON="$(ON)" TAG=$(TAG) CARGO="$(CARGO)" tests/scripts/bench-jobs.sh $(ARGS)

.PHONY: clean
clean: ## Remove what the other commands made
	rm -rf $(DEMO) target
