/** The SDK's generated gRPC code, loaded when it is needed. */
import { createRequire } from "node:module";

// Loading gRPC takes as long as the program's process takes to get ready: `require` at the time of need lets the two
// happen side by side, and spares the commands that never start a program.
const lazily = createRequire(__filename);

let loaded: ReturnType<typeof load> | undefined;

/** gRPC and the messages and services of the Pulumi engine. */
export function grpcModules(): ReturnType<typeof load> {
  return (loaded ??= load());
}

function load() {
  return {
    grpc: lazily("@grpc/grpc-js") as typeof import("@grpc/grpc-js"),
    struct: lazily(
      "google-protobuf/google/protobuf/struct_pb.js",
    ) as typeof import("google-protobuf/google/protobuf/struct_pb"),
    empty: lazily(
      "google-protobuf/google/protobuf/empty_pb.js",
    ) as typeof import("google-protobuf/google/protobuf/empty_pb"),
    engine: lazily("@pulumi/pulumi/proto/engine_pb.js") as typeof import("@pulumi/pulumi/proto/engine_pb"),
    resource: lazily("@pulumi/pulumi/proto/resource_pb.js") as typeof import("@pulumi/pulumi/proto/resource_pb"),
    analyzer: lazily("@pulumi/pulumi/proto/analyzer_pb.js") as typeof import("@pulumi/pulumi/proto/analyzer_pb"),
    services: {
      engine: lazily("@pulumi/pulumi/proto/engine_grpc_pb.js").EngineService,
      monitor: lazily("@pulumi/pulumi/proto/resource_grpc_pb.js").ResourceMonitorService,
    },
    clients: {
      analyzer: lazily("@pulumi/pulumi/proto/analyzer_grpc_pb.js").AnalyzerClient,
    },
  };
}
