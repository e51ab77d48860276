/** Serves the gRPC protocols of Pulumi's plug-ins. */
import { createRequire } from "node:module";
import { join } from "node:path";

/** A message of a protocol, as the SDK compiles them. */
export type Message = any;

/** The arguments that the executables of the plug-ins give: the project, and the engine's address if there is one. */
export const [, , project = "", engine = ""] = process.argv;

/** Loads the packages that the project's program runs with. */
export const load = createRequire(join(project, "package.json"));

const grpc = load("@grpc/grpc-js");

/** Options of servers and clients: states are larger than gRPC's default limit. */
const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Serves on a free port of the loopback interface, which is returned. */
export async function serve(service: object, handlers: object): Promise<number> {
  const server = new grpc.Server(unlimited);
  server.addService(service, handlers);
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error: Error | null, port: number) =>
      error ? reject(error) : resolve(port),
    ),
  );
}

/** A handler that answers with what a function returns, or with its error. */
export function unary(answer: (request: Message) => Message) {
  return ({ request }: Message, callback: (error: unknown, response?: Message) => void): void => {
    (async () => answer(request))().then((response) => callback(null, response), callback);
  };
}

/** Connects to a server on the loopback interface. */
export function connect<Client>(client: new (...args: any[]) => Client, port: string): Client {
  return new client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), unlimited);
}
