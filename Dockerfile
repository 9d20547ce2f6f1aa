# Node 22, on which all tests pass, is the newest whose npm takes the lock file. Both stages must have the same: V8's code
# cache, which the first one makes, is of no use to another version.
ARG BASE=node:22-bookworm-slim

FROM ${BASE} AS build
WORKDIR /opt/postern
# Before the sources, so that the packages are installed again only when they have changed.
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY bin bin
COPY plugins plugins
COPY routes routes
COPY scripts scripts
COPY src src
RUN npm run build

# true builds argon2 for the processor of the machine that builds the image. On another one it may crash.
ARG NATIVE_ARGON2=false
# The headers are in the image: node-gyp need not download them.
RUN if [ "$NATIVE_ARGON2" = true ]; then \
      apt-get update && apt-get install --yes --no-install-recommends g++ make python3 && \
      npm_config_nodedir=/usr/local npm run rebuild:argon2; \
    fi

FROM ${BASE}
WORKDIR /opt/postern
COPY --from=build /opt/postern/package.json ./
COPY --from=build /opt/postern/node_modules/argon2 node_modules/argon2
COPY --from=build /opt/postern/node_modules/bcrypt node_modules/bcrypt
COPY --from=build /opt/postern/node_modules/@phc/format node_modules/@phc/format
COPY --from=build /opt/postern/node_modules/node-gyp-build node_modules/node-gyp-build
COPY --from=build /opt/postern/build/bin build/bin
COPY --from=build /opt/postern/build/bundle build/bundle
COPY --from=build /opt/postern/build/docs build/docs

# A new volume takes its owner and mode from this folder.
RUN install --directory --owner=node --group=node --mode=0700 /data
VOLUME /data
ENV POSTERN_DATA_DIR=/data POSTERN_HOST=0.0.0.0
EXPOSE 3000

# The user `node`, as a number: Kubernetes' runAsNonRoot cannot tell by a name.
USER 1000:1000

# A little longer than `health` itself waits.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["node", "/opt/postern/build/bin/postern.cjs", "health"]

# Without a shell in between, which would keep SIGTERM from the program. As process 1 it needs no init: it handles the
# signals by which it is stopped, and starts no processes of its own.
ENTRYPOINT ["node", "/opt/postern/build/bin/postern.cjs"]
CMD ["serve"]
