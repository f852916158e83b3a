# The same images, for people without Rust: the binaries are built in here too, for as many
# architectures as are asked for.
#
#     docker buildx build -f images/Dockerfile.builder --platform linux/amd64,linux/arm64 --target queue-worker \
#         --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) \
#         --tag registry.example.com/job-workers/queue-worker:0.1.0 --push .
#
# It needs BuildKit. What comes behind `FROM scratch AS worker` is the same as in Dockerfile; a test
# sees to it.

# On the machine's own architecture, whatever the target's: a cross-compiler is ten times as fast as
# an emulator.
FROM --platform=$BUILDPLATFORM rust:1.95-bookworm AS build
ARG TARGETARCH
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,id=target-$TARGETARCH,target=/source/target \
    set -eu; \
    case $TARGETARCH in \
        amd64) target=x86_64-unknown-linux-gnu compiler=x86-64-linux-gnu ;; \
        arm64) target=aarch64-unknown-linux-gnu compiler=aarch64-linux-gnu ;; \
        *) echo "nobody has tried $TARGETARCH" >&2; exit 1 ;; \
    esac; \
    if [ "$TARGETARCH" != "$(dpkg --print-architecture)" ]; then \
        apt-get update; \
        apt-get install -y --no-install-recommends "gcc-$compiler" "libc6-dev-$TARGETARCH-cross"; \
        rustup target add "$target"; \
        linker=$(echo "CARGO_TARGET_${target}_LINKER" | tr a-z- A-Z_); \
        export "$linker=$(echo "$compiler" | sed 's/^x86-64/x86_64/')-gcc"; \
    fi; \
    make static TARGET="$target"; \
    mkdir -p /binaries/data; \
    for worker in partition-worker queue-worker log-aggregator sample-data; do \
        install -m 0755 "target/$target/release/$worker" /binaries/; \
    done; \
    images/sbom.sh "$target" /binaries

# What the images are made of: --target sbom --output FOLDER
FROM scratch AS sbom
COPY --from=build /binaries/*.cdx.json /

FROM scratch AS worker
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 65532:65532

FROM worker AS partition-worker
LABEL org.opencontainers.image.title="partition-worker" \
      org.opencontainers.image.description="Indexed Jobs: validates or transforms partition i, publishes the result once"
COPY --from=build /binaries/partition-worker /partition-worker
ENTRYPOINT ["/partition-worker"]

FROM worker AS queue-worker
LABEL org.opencontainers.image.title="queue-worker" \
      org.opencontainers.image.description="Work queues and fixed completions: takes tasks from a Redis list, loses none"
COPY --from=build /binaries/queue-worker /queue-worker
ENTRYPOINT ["/queue-worker"]

FROM worker AS log-aggregator
LABEL org.opencontainers.image.title="log-aggregator" \
      org.opencontainers.image.description="Indexed Jobs: counts month i's access logs; merges months into a year and a report"
COPY --from=build /binaries/log-aggregator /log-aggregator
ENTRYPOINT ["/log-aggregator"]

FROM worker AS sample-data
LABEL org.opencontainers.image.title="sample-data" \
      org.opencontainers.image.description="Deterministic transactions, tasks and access logs for demonstrations and tests"
COPY --from=build /binaries/sample-data /sample-data
# A volume that is mounted here belongs to the user, and can be written.
COPY --from=build --chown=65532:65532 /binaries/data /data
ENTRYPOINT ["/sample-data"]
