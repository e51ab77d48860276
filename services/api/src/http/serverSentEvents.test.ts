import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";

import { fastify } from "fastify";
import { expect, it } from "vitest";

import { eventStream } from "./serverSentEvents";

it("ends a stream whose reader has gone before it began", async () => {
  const server = fastify();
  const ended = Promise.withResolvers<boolean>();
  server.get("/", async (request, reply) => {
    await once(request.raw.socket.resume(), "close");
    return eventStream(request, reply, new AbortController().signal, async function* (signal) {
      ended.resolve(signal.aborted);
    });
  });
  await server.listen();
  const socket = connect((server.server.address() as AddressInfo).port);
  socket.write("GET / HTTP/1.1\r\nHost: test\r\n\r\n", () => socket.destroy());
  expect(await ended.promise).toBe(true);
  await server.close();
});
