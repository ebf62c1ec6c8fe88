# Build:  docker build -t tailer-proxy .
# Run:    docker run --rm --read-only --cap-drop ALL \
#           --user "$(id -u):$(id -g)" -v "$PWD/secrets:/var/run/secrets/tailer:ro" \
#           -e TAILER_PROXY_LISTEN=0.0.0.0:8080 -e TAILER_PROXY_UNSAFE_LISTEN=true \
#           -p 127.0.0.1:8080:8080 tailer-proxy

# The newest long-term support release; name another, or one by digest, with --build-arg.
ARG NODE_IMAGE=node:26-slim
ARG RUNTIME_IMAGE=${NODE_IMAGE}

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Nobody's install script runs, and nothing here needs one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
RUN npm run build
# What the final image takes: dependencies of production alone, exactly as locked.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="tailer-proxy" \
      org.opencontainers.image.description="Call the Tailer API on localhost without a token: a local authenticating reverse proxy" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY LICENSE ./
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
# Counts as unset where no file is mounted there and another source of credentials is given.
ENV NODE_ENV=production \
    TAILER_PROXY_CREDENTIALS=/var/run/secrets/tailer/credentials.json
# By number, so that `runAsNonRoot` can tell that it is not root.
USER 65532:65532
EXPOSE 8080 9901
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "/app/dist/cli.js", "healthcheck"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["start"]
