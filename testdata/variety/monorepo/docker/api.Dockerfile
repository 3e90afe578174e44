# syntax=docker/dockerfile:1
# docker build -f docker/api.Dockerfile .
ARG NODE_VERSION=20.18.1

FROM node:${NODE_VERSION}-alpine AS base
RUN apk add --no-cache libc6-compat
WORKDIR /repo

# Only what api needs: https://turbo.build/repo/docs/guides/tools/docker
FROM base AS pruner
RUN npm install -g turbo@2.3.3
COPY . .
RUN turbo prune @shop/api --docker

FROM base AS builder
COPY --from=pruner /repo/out/json/ .
RUN --mount=type=cache,target=/root/.npm npm ci
COPY --from=pruner /repo/out/full/ .
RUN npx turbo run build --filter=@shop/api
RUN npm prune --omit=dev

FROM base AS runner
ENV NODE_ENV=production
RUN apk add --no-cache dumb-init \
 && addgroup --system --gid 1001 nodejs \
 && adduser --system --uid 1001 --ingroup nodejs api
COPY --from=builder --chown=api:nodejs /repo .
WORKDIR /repo/apps/api
USER api
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
  CMD wget -qO- http://127.0.0.1:3000/health || exit 1
ENTRYPOINT ["dumb-init", "--"]
CMD ["node", "dist/server.js"]
