# Build:  docker build -t tailer-proxy:0.1.0 .
# Run:    docker run --rm --read-only --cap-drop ALL \
#           --user "$(id -u):$(id -g)" -v "$PWD/secrets:/var/run/secrets/tailer:ro" \
#           -e TAILER_PROXY_LISTEN=0.0.0.0:8080 -e TAILER_PROXY_UNSAFE_LISTEN=true \
#           -p 127.0.0.1:8080:8080 tailer-proxy:0.1.0
# with the key in ./secrets/credentials.json; --user is its owner, who may read it.

# The newest long-term support release; name another, or one by digest, with --build-arg.
ARG NODE_IMAGE=node:26-slim
# This may be one without a shell, such as Google's distroless images of Node.js.
ARG RUNTIME_IMAGE=${NODE_IMAGE}

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No install script runs: nothing here needs one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY .config .config
COPY src src
# Source maps are for debugging, with the sources.
RUN npm run build && rm dist/*.map

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="tailer-proxy" \
      org.opencontainers.image.description="Call the Tailer API on localhost without a token: a local authenticating reverse proxy" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY LICENSE ./
COPY --from=build /build/package.json ./
COPY --from=build /build/dist dist
# The path: distroless images have node in an unusual place. The credentials: they count as unset
# if no file is mounted there and another source is given.
ENV PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/nodejs/bin \
    NODE_ENV=production \
    TAILER_PROXY_CREDENTIALS=/var/run/secrets/tailer/credentials.json
# Numeric, so that `runAsNonRoot` can verify that it is not root.
USER 65532:65532
EXPOSE 8080 9901
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "/app/dist/cli.js", "healthcheck"]
# Half of the young generation that V8 takes by default: the process stays 10 to 30 MiB smaller under
# load, at about the same CPU. Not in NODE_OPTIONS, which would reach health checks too.
ENTRYPOINT ["node", "--max-semi-space-size=8", "/app/dist/cli.js"]
CMD ["start"]
