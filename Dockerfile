# One file for every service: docker build --build-arg SERVICE=todo-service .
# The first three stages are the same for all of them and are built once.

FROM node:24-bookworm-slim AS packages
# Of the stages, not of the image: docker image prune --filter label=latchkey.stage=build removes what they left.
LABEL latchkey.stage=build
ENV CI=1
RUN npm install --global pnpm@12.21.0
WORKDIR /app
# Downloads what the lockfile names; runs again only when the lockfile changes.
COPY pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.mjs ./
RUN pnpm fetch --ignore-scripts && rm -rf node_modules

FROM packages AS workspace
COPY . .

FROM workspace AS clients
RUN pnpm install --offline --frozen-lockfile --ignore-scripts \
 && for config in prisma/*/prisma.config.ts; do \
      node_modules/.bin/prisma generate --config "$config" || exit 1; \
    done \
 && pnpm --filter @latchkey/web generate \
 && pnpm --filter @latchkey/web build \
 && mkdir /clients && cp -r --parents services/*/generated services/web/dist /clients

FROM workspace AS service
ARG SERVICE
COPY --from=clients /clients/ ./
# The workspace's links are kept: Node runs no TypeScript below a real node_modules folder.
RUN docker/collect.sh "${SERVICE:?}" /image

FROM node:24-bookworm-slim
ARG SERVICE
ENV NODE_ENV=production \
    HOST=0.0.0.0
COPY --from=service /image/ /app/
WORKDIR /app/services/${SERVICE}
USER node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "/app/docker/health.cjs"]
CMD ["node", "src/main.ts"]
