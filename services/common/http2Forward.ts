/** Forwards an HTTP/2 stream as it is: headers, data of any protocol above, trailers. So gRPC needs to be understood by neither side. */
import {
  type ClientHttp2Session,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";

/** gRPC's status for a server that cannot be reached: https://grpc.io/docs/guides/status-codes */
const unavailable = "14";

/**
 * Forwards a stream of a client to a server, until either ends it.
 *
 * @param headers - of the client's request
 * @param session - connection to the server
 * @param authority - name of the server, as the client has it
 */
export function forward(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  session: ClientHttp2Session,
  authority: string,
): void {
  const request = session.request(
    { ...forwarded(headers), ":authority": authority },
    { endStream: stream.readableEnded },
  );
  let trailers: OutgoingHttpHeaders = {};
  request.on("response", (answer) => {
    if (stream.destroyed || stream.headersSent) return;
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    stream.respond(forwarded(answer), { waitForTrailers: true });
    request.pipe(stream);
  });
  request.on("trailers", (last) => (trailers = forwarded(last)));
  request.on("error", (error) => end(stream, `the chaincode's connection broke: ${error.message}`));
  request.on("close", () => end(stream, "the chaincode ended the connection"));
  stream.on("error", () => request.close(constants.NGHTTP2_CANCEL));
  stream.on("close", () => request.close(constants.NGHTTP2_CANCEL));
  stream.pipe(request);
}

/** Ends a stream with gRPC's status UNAVAILABLE, if it has not ended. */
export function end(stream: ServerHttp2Stream, reason: string): void {
  if (stream.destroyed || stream.closed || stream.writableEnded) return;
  const status = { "grpc-status": unavailable, "grpc-message": encodeURIComponent(reason).replaceAll("%20", " ") };
  if (stream.headersSent) {
    stream.removeAllListeners("wantTrailers");
    stream.on("wantTrailers", () => stream.sendTrailers(status));
    stream.end();
  } else {
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...status }, { endStream: true });
  }
  // The client may still send, to nobody.
  stream.resume();
}

/** Without the fields that belong to one connection. */
function forwarded(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { ":authority": _authority, connection: _connection, host: _host, ...others } = headers;
  return others;
}
