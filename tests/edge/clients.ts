/** Well-behaved and misbehaving clients of an edge. */
import { once } from "node:events";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { type AddressInfo, connect as tcpConnect, createServer, type Socket } from "node:net";
import { connect as tlsConnect, type ConnectionOptions } from "node:tls";

/** The address of an edge. */
export interface EdgeAddress {
  host: string;
  port: number;
  /** Source address of the client; different addresses are different clients. */
  localAddress?: string;
}

/** A response of the API. */
export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** Opens a TLS connection for a server name. It does not verify the certificate, as tests examine it. */
export async function connectTls(edge: EdgeAddress, servername: string, options: ConnectionOptions = {}) {
  const socket = tlsConnect({ ...edge, servername, rejectUnauthorized: false, ...options });
  try {
    await once(socket, "secureConnect");
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.on("error", () => undefined);
  return socket;
}

/** Common name of the certificate for a server name; "refused" if there is none. */
export async function whoAnswers(edge: EdgeAddress, servername: string): Promise<string> {
  try {
    const socket = await connectTls(edge, servername);
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  } catch {
    return "refused";
  }
}

/** Sends one HTTPS request on a connection of its own. */
export function ask(
  edge: EdgeAddress,
  { body: sent, ...options }: RequestOptions & { body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ ...edge, agent: false, ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    request.on("error", reject).end(sent);
  });
}

/** Sends some bytes and returns once the other side has closed the connection. */
export async function sendUntilClosed(edge: EdgeAddress, ...parts: (string | Buffer)[]): Promise<void> {
  const socket = tcpConnect(edge);
  for (const part of parts) socket.write(part);
  await closed(socket);
}

/** Returns once a connection is closed, in whatever way. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) =>
    socket
      .on("error", () => undefined)
      .on("close", () => resolve())
      .resume(),
  );
}

/** Sends single bytes, a few per second, until the other side closes the connection. */
export async function trickleUntilClosed(socket: Socket, bytes: Buffer): Promise<void> {
  let sent = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(sent, ++sent)), 100);
  await closed(socket);
  clearInterval(timer);
}

/** A TLS ClientHello with a server name of arbitrary bytes, or without one. */
export function clientHello(name: Buffer | undefined): Buffer {
  const extension = (type: number, content: Buffer) => Buffer.concat([u16(type), u16(content.length), content]);
  const serverName = name && Buffer.concat([u16(name.length + 3), Buffer.from([0]), u16(name.length), name]);
  const extensions = Buffer.concat([
    ...(serverName ? [extension(0, serverName)] : []),
    extension(43, Buffer.from([2, 3, 4])), // supported_versions: TLS 1.3
  ]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7), // random
    Buffer.from([0]), // session ID
    Buffer.from([0, 2, 0x13, 0x01]), // cipher suites
    Buffer.from([1, 0]), // compression
    u16(extensions.length),
    extensions,
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  return Buffer.concat([Buffer.from([22, 3, 1]), u16(handshake.length), handshake]);
}

/** The ClientHello of a TLS client that sends nothing afterwards. */
export async function ordinaryClientHello(servername: string): Promise<Buffer> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const client = tlsConnect({ host: "127.0.0.1", port, servername }).on("error", () => undefined);
  const [connection] = (await once(listener, "connection")) as [Socket];
  const [bytes] = (await once(connection, "data")) as [Buffer];
  client.destroy();
  listener.close();
  return bytes;
}

/** The PROXY protocol's header, version 1 or 2, with the address of a load balancer's client. */
export function proxyHeader(version: 1 | 2, client: string): Buffer {
  if (version === 1) return Buffer.from(`PROXY TCP4 ${client} 192.0.2.1 40000 443\r\n`);
  const addresses = [client, "192.0.2.1"].map((address) => Buffer.from(address.split(".").map(Number)));
  const content = Buffer.concat([...addresses, u16(40000), u16(443)]);
  return Buffer.concat([Buffer.from("\r\n\r\n\0\r\nQUIT\n"), Buffer.from([0x21, 0x11]), u16(content.length), content]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
