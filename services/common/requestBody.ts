/** Reads bodies of HTTP requests. */
import type { IncomingMessage } from "node:http";

/** The body of a request as text; undefined if it has more bytes. */
export async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<string | undefined> {
  return (await bytesOf(request, mostBytes))?.toString();
}

/** The body of a request; undefined if it has more bytes. */
export async function bytesOf(request: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return undefined;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
