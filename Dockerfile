# Keyback in a container: docs/deployment.md says how to run it.

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo xtask build --release

FROM debian:bookworm-slim
# Certificates for mail, providers and webhooks; curl for the health check.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 keyback \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin keyback \
    && install --directory --owner=keyback --group=keyback --mode=0700 /data
COPY --from=build /source/target/release/keyback /usr/local/bin/keyback
USER 10001:10001
# With SQLite, the database and the secret key are here.
WORKDIR /data
VOLUME /data
ENV KEYBACK_SERVER__LISTEN=0.0.0.0:3000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:3000/livez"]
ENTRYPOINT ["keyback"]
CMD ["serve"]
