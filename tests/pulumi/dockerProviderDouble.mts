/**
 * A double of Pulumi's Docker provider, which is published only as a binary. It builds nothing: the tests bring the images into
 * the cluster as the README says.
 *
 * Node starts this file as it is. Source of the protocol: pulumi/provider.proto, as compiled in the SDK.
 */
import { load, type Message, serve, unary } from "./grpcServer.mts";

const proto = load("@pulumi/pulumi/proto/provider_pb.js");
const { PluginInfo } = load("@pulumi/pulumi/proto/plugin_pb.js");
const { Struct } = load("google-protobuf/google/protobuf/struct_pb.js");
const { Empty } = load("google-protobuf/google/protobuf/empty_pb.js");
const { ResourceProviderService } = load("@pulumi/pulumi/proto/provider_grpc_pb.js");

const accepted = unary((request) => {
  const response = new proto.CheckResponse();
  response.setInputs(request.getNews());
  return response;
});

const provider = {
  getPluginInfo: unary(() => new PluginInfo()),
  checkConfig: accepted,
  diffConfig: unary(() => new proto.DiffResponse()),
  configure: unary(() => {
    const response = new proto.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }),
  check: accepted,
  diff: unary((request) => {
    const [before, after] = [request.getOldInputs(), request.getNews()].map(text);
    const response = new proto.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    response.setChanges(before === after ? DIFF_NONE : DIFF_SOME);
    return response;
  }),
  create: unary((request) => {
    const response = new proto.CreateResponse();
    response.setProperties(outputs(request.getProperties()));
    if (!request.getPreview()) response.setId(text(request.getProperties()));
    return response;
  }),
  update: unary((request) => {
    const response = new proto.UpdateResponse();
    response.setProperties(outputs(request.getNews()));
    return response;
  }),
  read: unary((request) => {
    const response = new proto.ReadResponse();
    response.setId(request.getId());
    response.setProperties(request.getProperties());
    response.setInputs(request.getInputs());
    return response;
  }),
  delete: unary(() => new Empty()),
  cancel: unary(() => new Empty()),
};

serve(ResourceProviderService, provider).then((port) => console.log(port));

function outputs(inputs: Message): Message {
  const { imageName } = inputs.toJavaScript();
  return Struct.fromJavaScript({ baseImageName: imageName, imageName, repoDigest: imageName });
}

function text(inputs: Message): string {
  return JSON.stringify(inputs?.toJavaScript() ?? {});
}
