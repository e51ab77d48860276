# The project that a session of a studio begins with: a chaincode's folder, and the packages that it is developed with.
FROM node:24-bookworm-slim
WORKDIR /project
COPY . ./
RUN rm -rf node_modules dist && npm ci --ignore-scripts --no-audit --no-fund
USER 1000:1000
CMD ["true"]
