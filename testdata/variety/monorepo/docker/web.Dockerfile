FROM node:20-alpine AS builder
WORKDIR /repo
COPY package.json package-lock.json turbo.json ./
COPY apps/web/package.json apps/web/
COPY packages/shared/package.json packages/shared/
RUN npm ci
COPY apps/web apps/web
COPY packages packages
RUN npx turbo run build --filter=@shop/web

FROM nginxinc/nginx-unprivileged:1.27-alpine
COPY docker/nginx/web.conf /etc/nginx/conf.d/default.conf
COPY --from=builder /repo/apps/web/dist /usr/share/nginx/html
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 CMD wget -qO /dev/null http://127.0.0.1:8080/health
