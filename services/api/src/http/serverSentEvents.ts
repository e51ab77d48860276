/** Streams of server-sent events. */
import type { FastifyReply, FastifyRequest } from "fastify";

import { problemOf } from "./problem";

/** One event. */
export interface StreamEvent {
  id?: string;
  event: string;
  data: unknown;
}

/** Milliseconds between two signs of life, which keep proxies from ending the stream. */
const heartbeat = 15_000;

/**
 * Answers with a stream, until it ends, the caller goes away or the server stops.
 *
 * @param read - the events; ends with its signal
 */
export async function eventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  closing: AbortSignal,
  read: (signal: AbortSignal) => AsyncGenerator<StreamEvent>,
): Promise<FastifyReply> {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  request.raw.socket.once("close", end);
  // The caller may have gone while the request was looked at; it is not said again.
  if (request.raw.socket.destroyed) end();
  closing.addEventListener("abort", end, { once: true });
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no" });
  raw.flushHeaders();
  const beat = setInterval(() => raw.write(":\n\n"), heartbeat).unref();
  try {
    for await (const event of read(controller.signal)) {
      if (controller.signal.aborted) break;
      // A reader that is slower than the ledger holds the stream up, not the server's memory.
      if (!raw.write(textOf(event))) await drained(raw, controller.signal);
    }
  } catch (error) {
    if (!controller.signal.aborted) raw.write(textOf({ event: "error", data: problemOf(error) }));
  } finally {
    clearInterval(beat);
    request.raw.socket.off("close", end);
    closing.removeEventListener("abort", end);
    raw.end();
  }
  return reply;
}

function textOf({ id, event, data }: StreamEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function drained(stream: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stream.off("drain", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    stream.once("drain", end);
    signal.addEventListener("abort", end, { once: true });
  });
}
