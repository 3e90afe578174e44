FROM node:20-alpine AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:20-alpine
RUN apk add --no-cache dumb-init
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/dist ./dist
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "dist/health.js"]
ENTRYPOINT ["dumb-init", "--"]
CMD ["node", "dist/server.js"]
