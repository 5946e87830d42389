# One image for every role. The Node in node_modules runs the sources; no build step.
FROM node:20.19.5-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The encoder's engine ships every platform; only this one's is kept.
RUN npm ci --omit=dev \
 && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -rf {} +
COPY . .
RUN useradd --system --home /var/lib/undercurrent --create-home undercurrent
USER undercurrent
ENV UNDERCURRENT_DATA=/var/lib/undercurrent UNDERCURRENT_HOST=0.0.0.0
VOLUME /var/lib/undercurrent
EXPOSE 4300 4301 4302
# Of `up`; the roles apart have their own in docker-compose.yml.
HEALTHCHECK --start-period=30s CMD ["node_modules/.bin/node", "-e", "fetch('http://127.0.0.1:4300/healthz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node_modules/.bin/node", "cli.ts"]
CMD ["up"]
