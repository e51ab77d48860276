// Cases of programs that the engine answers with a message of its own, or passes on.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const inNamespace = (name: string) => ({ name, namespace: "cases" });
const password = () => new random.RandomPassword("password", { length: 10 }).result;

class Bucket extends pulumi.CustomResource {
  constructor(name: string) {
    super("aws:s3/bucket:Bucket", name, {}, {});
  }
}

let given: string | undefined;
let runs = 0;

export const cases: Record<string, (config: pulumi.Config) => unknown> = {
  runError: () => {
    throw new pulumi.RunError("stacks/Pulumi.case.yaml: nodes is 0; 1 or more are needed");
  },
  resourceError: () => {
    const map = new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("map") });
    throw new pulumi.ResourceError("the map is too small", map, true);
  },
  crash: () => {
    throw new Error("boom");
  },
  reject: async () => {
    await Promise.reject(new pulumi.RunError("rejected"));
  },
  logs: async () => {
    console.log("printed");
    await pulumi.log.info("informed");
    await pulumi.log.warn("warned", new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("map") }));
  },
  logsError: async () => {
    await pulumi.log.error("logged as an error");
  },
  exit: () => {
    console.error("gone");
    process.exit(3);
  },
  hang: () => {
    console.log("hanging");
    setInterval(() => undefined, 1000);
    return new Promise(() => undefined);
  },
  duplicate: () => {
    new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("one") });
    new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("two") });
  },
  twice: () => {
    new k8s.core.v1.ConfigMap("one", { metadata: inNamespace("map") });
    new k8s.core.v1.ConfigMap("two", { metadata: inNamespace("map") });
  },
  noName: () => {
    new k8s.core.v1.ConfigMap("map", { metadata: { namespace: "cases" } });
  },
  noNamespace: () => {
    new k8s.core.v1.ConfigMap("map", { metadata: { name: "map" } });
  },
  unknownData: () => {
    new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("map"), data: { password: password() } });
  },
  unknownSpec: () => {
    const env = [{ name: "PASSWORD", value: password() }];
    const spec = { containers: [{ name: "main", image: "main:1", env }] };
    new k8s.core.v1.Pod("pod", { metadata: inNamespace("pod"), spec });
  },
  secretSpec: () => {
    const env = [{ name: "PASSWORD", value: pulumi.secret("swordfish") }];
    const spec = { containers: [{ name: "main", image: "main:1", env }] };
    new k8s.core.v1.Pod("pod", { metadata: inNamespace("pod"), spec });
  },
  plainSecret: () => {
    new k8s.core.v1.Secret("secret", { metadata: inNamespace("secret"), stringData: { token: "swordfish" } });
    return { token: pulumi.secret("swordfish"), open: "sesame" };
  },
  foreign: () => {
    new Bucket("bucket");
  },
  invoke: () => pulumi.runtime.invoke("aws:index/getRegion:getRegion", {}),
  read: () => {
    k8s.core.v1.ConfigMap.get("map", "cases/map");
  },
  chart: () => {
    new k8s.helm.v4.Chart("chart", { chart: "nginx" });
  },
  transform: () => {
    pulumi.runtime.registerResourceTransform(() => undefined);
    new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("map") });
  },
  hook: () => {
    const hook = new pulumi.ResourceHook("hook", () => undefined);
    new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("map") }, { hooks: { beforeCreate: [hook] } });
  },
  reference: (config) => ({
    value: new pulumi.StackReference(config.require("target")).getOutput(config.get("output") ?? "value"),
  }),
  values: (config) => ({
    value: config.require("given"),
    list: config.getObject("list"),
    organization: pulumi.getOrganization(),
  }),
  module: (config) => ({ given: (given ??= config.require("given")), runs: ++runs }),
  environment: () => {
    const found = [process.env.LEFT_BEHIND, (globalThis as { leftBehind?: string }).leftBehind].filter(Boolean);
    process.env.LEFT_BEHIND = (globalThis as { leftBehind?: string }).leftBehind = pulumi.getStack();
    return { found };
  },
  lateRejection: () => void setTimeout(() => void Promise.reject(new Error("late")), 200),
  lateExit: () => void setTimeout(() => process.exit(3), 200),
  lateResource: () => void setTimeout(() => new k8s.core.v1.ConfigMap("late", {}), 200),
  slow: async () => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    return { done: true };
  },
  writesWithoutEnd: () => {
    for (let i = 0; i < 200; i++) process.stdout.write(`written by the first ${i}\0`);
    setInterval(() => process.stdout.write("written by the first\n\0"), 1);
  },
  stuck: () => new Promise(() => undefined),
  twoReferences: () => {
    const values = new pulumi.StackReference("values");
    const platform = new pulumi.StackReference("platform");
    return { values: values.getOutput("value"), namespace: platform.getOutput("namespace") };
  },
  callback: () => ({ text: pulumi.runtime.serializeFunction(() => 1).then(() => "serialized") }),
  protect: () => {
    new k8s.core.v1.ConfigMap("map", { metadata: inNamespace("map") }, { protect: true });
  },
};
