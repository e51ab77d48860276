#!/usr/local/bin/node
/**
 * Runs in a pod in place of any program of a network or of the platform: a node answers over TLS at its ports, a controller over
 * HTTP, and an init container ends.
 */
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");
const { createServer: createTlsServer } = require("node:https");
const { basename } = require("node:path");

const called = basename(process.argv[1]);
const command = process.argv[2];
if (called === "init" && command !== "gateway") process.exit(0);

const [key, cert] = ["key", "cert"].map((file) => readFileSync(`/stand-in/${file}.pem`));
const answer = (request, response) => response.end("{}");
const secure = { peer: [7051, 9443], orderer: [7050, 9443], "fabric-ca-server": [7054], haproxy: [9443] }[called] ?? [];
for (const port of secure) createTlsServer({ key, cert }, answer).listen(port);
for (const port of called === "serve" ? [7052, 8080, 8081] : []) createServer(answer).listen(port);
setInterval(() => undefined, 1 << 30);
process.on("SIGTERM", () => process.exit(0));
