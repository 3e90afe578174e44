# TODO(max): prune like api.Dockerfile does
FROM node:22-alpine
WORKDIR /repo
COPY . .
RUN npm ci && npx turbo run build --filter=@shop/jobs
USER node
CMD npm run start --workspace @shop/jobs
