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
  let trailers: OutgoingHttpHeaders | undefined;
  request.on("response", (answer) => {
    if (stream.destroyed || stream.headersSent) return;
    stream.respond(forwarded(answer), { waitForTrailers: true });
    request.pipe(stream, { end: false });
  });
  request.on("trailers", (last) => (trailers = forwarded(last)));
  request.on("error", (error) => end(stream, `the chaincode's connection broke: ${error.message}`));
  const over = (): void => {
    if (trailers === undefined) end(stream, "the chaincode ended the connection");
    else endWith(stream, trailers);
  };
  // The last headers may be told after the last data.
  request.on("end", () => setImmediate(over));
  request.on("close", over);
  stream.on("error", () => request.close(constants.NGHTTP2_CANCEL));
  stream.on("close", () => request.close(constants.NGHTTP2_CANCEL));
  stream.pipe(request);
}

/** Ends a stream with gRPC's status UNAVAILABLE, if it has not ended. */
export function end(stream: ServerHttp2Stream, reason: string): void {
  endWith(stream, { "grpc-status": unavailable, "grpc-message": reason.replace(/[^ -$&-~]/gu, encodeURIComponent) });
}

function endWith(stream: ServerHttp2Stream, trailers: OutgoingHttpHeaders): void {
  if (stream.destroyed || stream.closed || stream.writableEnded) return;
  if (!stream.headersSent) {
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...trailers }, { endStream: true });
    stream.resume();
    return;
  }
  stream.on("wantTrailers", () => {
    stream.sendTrailers(trailers);
    // The client may have more to say, but to nobody.
    setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
  });
  stream.end();
}

/** Without the fields that belong to one connection. */
function forwarded(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { ":authority": _authority, connection: _connection, host: _host, ...others } = headers;
  return others;
}
