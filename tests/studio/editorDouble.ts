/** Stands in for the editor of a studio's session: it answers every request, and says what a WebSocket says to it. */
import { createServer, type Server } from "node:http";

/** A request that has arrived. */
export interface Seen {
  url: string;
  rawHeaders: string[];
}

/** @param seen - takes note of requests */
export function editorDouble(seen: (request: Seen) => void = () => undefined): Server {
  const double = createServer(({ url = "", rawHeaders }, response) => {
    seen({ url, rawHeaders });
    response.writeHead(200, { "set-cookie": "theme=dark" }).end(`the editor at ${url}`);
  });
  double.on("upgrade", ({ url = "", rawHeaders }, socket) => {
    seen({ url, rawHeaders });
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  return double;
}
