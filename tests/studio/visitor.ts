/** Browsers, and what is like them, at the gate of a studio's session. They do not look at certificates. */
import { once } from "node:events";
import type { TLSSocket } from "node:tls";

import { studioPaths } from "../../model/contracts/studio";
import { type Answer, ask, connectTls, type EdgeAddress } from "../edge/clients";

/** Where a session is reached. */
export interface Visited extends EdgeAddress {
  /** Its name. */
  name: string;
}

/** What is different from a browser's usual request. */
export interface Visit {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  /** Name that the connection is opened for, if another one. */
  sni?: string;
}

/** What a page of the session says of where it is from. */
export const originOf = ({ name, port }: Visited): string => `https://${name}:${port}`;

/** Makes a request on a connection of its own. */
export function browse(
  { name, ...edge }: Visited,
  path: string,
  { headers, sni = name, ...visit }: Visit = {},
): Promise<Answer> {
  return ask(edge, {
    ...{ path, servername: sni, rejectUnauthorized: false, ...visit },
    headers: { host: `${name}:${edge.port}`, ...headers },
  });
}

/** Signs in, as the page does that a one-time link leads to. */
export function enter(session: Visited, secret: string): Promise<Answer> {
  const headers = { origin: originOf(session) };
  return browse(session, studioPaths.enter, { method: "POST", body: secret, headers });
}

/** The field `cookie` of a browser that has got this answer. */
export function cookieOf({ headers }: Answer): string {
  const [first = ""] = (headers["set-cookie"] as string[] | undefined) ?? [];
  return first.split(";")[0]!;
}

/** Opens a WebSocket. @returns it, and the first line of the answer; it is there while that says 101 */
export async function openWindow(
  { name, ...edge }: Visited,
  path: string,
  headers: Record<string, string>,
): Promise<{ socket: TLSSocket; answer: string }> {
  const socket = await connectTls(edge, name);
  const fields = {
    ...{ host: `${name}:${edge.port}`, connection: "Upgrade", upgrade: "websocket" },
    ...{ "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", ...headers },
  };
  const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
  socket.write([`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
  const [chunk] = (await once(socket, "data")) as [Buffer];
  const [answer = ""] = chunk.toString().split("\r\n");
  if (!answer.includes(" 101 ")) socket.destroy();
  return { socket, answer };
}

/** Path of a window's WebSocket, as the editor's page asks for it. */
export const windowPath =
  "/?reconnectionToken=3f1c7ff1-1111-4222-8333-444455556666&reconnection=false&skipWebSocketFrames=false";
