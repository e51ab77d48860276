/** Answers to requests that Node could not read to their end: they are too slow, too long, or no HTTP. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

import { Problem } from "./problem";

/** Answers in the form of all failures, and closes the connection. */
export function answerUnreadable({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const problem = problemOfReading(code);
  const text = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
}

function problemOfReading(code: string | undefined): Problem {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new Problem(408, "TOO_SLOW", "The request did not arrive in time. Nothing was sent; try again.");
  if (code === "HPE_HEADER_OVERFLOW") return new Problem(431, "TOO_LARGE", "The request's headers are too large.");
  return new Problem(400, "INVALID_REQUEST", "The request is no HTTP that can be read.");
}
