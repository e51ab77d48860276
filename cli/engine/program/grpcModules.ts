/** The SDK's generated gRPC code, loaded when it is needed. */

let loaded: ReturnType<typeof load> | undefined;

/** gRPC, and the messages and the service of Pulumi's resource monitor. Loading them takes as long as a program's process takes to get ready. */
export function grpcModules(): ReturnType<typeof load> {
  return (loaded ??= load());
}

async function load() {
  const [grpc, struct, empty, resource, services] = await Promise.all([
    import("@grpc/grpc-js"),
    import("google-protobuf/google/protobuf/struct_pb.js"),
    import("google-protobuf/google/protobuf/empty_pb.js"),
    import("@pulumi/pulumi/proto/resource_pb.js"),
    import("@pulumi/pulumi/proto/resource_grpc_pb.js"),
  ]);
  return { grpc, struct, empty, resource, service: services.ResourceMonitorService };
}
