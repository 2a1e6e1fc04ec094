# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches stay with the builder, so the program has to be copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --package sunledger && cp target/release/sunledger /sunledger

FROM debian:bookworm-slim
# Webhooks and databases are called over TLS with the system's list of authorities.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data sunledger \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /sunledger /usr/local/bin/sunledger
USER 10001
WORKDIR /data
VOLUME /data
ENV SUNLEDGER_LISTEN=0.0.0.0:8080 SUNLEDGER_DATA=/data SUNLEDGER_LOG_FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["sunledger", "health"]
ENTRYPOINT ["sunledger"]
CMD ["serve"]
