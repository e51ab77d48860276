// A program whose objects are in its stack file, so that a test can say what it applies.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

interface Declared {
  object: any;
  options?: pulumi.CustomResourceOptions;
}

export = async () => {
  const config = new pulumi.Config();
  const provider = new k8s.Provider("cluster", { context: config.require("context") });
  const platform = config.get("platform");
  if (platform !== undefined) {
    const reference = new pulumi.StackReference(`organization/${pulumi.getProject()}/${platform}`);
    await reference.getOutputValue("namespace");
  }
  for (const { object, options } of config.requireObject<Declared[]>("objects")) {
    const { apiVersion, kind, metadata } = object;
    const name = `${kind}-${metadata.namespace ?? ""}-${metadata.name}`;
    // Any kind can be declared as a custom resource, but those of the core group.
    const type = apiVersion === "v1" ? (k8s.core.v1 as any)[kind] : k8s.apiextensions.CustomResource;
    new type(name, object, { ...options, provider });
  }
  const secretIn = config.get("secretIn");
  if (secretIn !== undefined) {
    const password = new random.RandomPassword("password", { length: 24, special: false });
    const metadata = { name: "password", namespace: secretIn };
    new k8s.core.v1.Secret("password", { metadata, stringData: { password: password.result } }, { provider });
  }
  return { namespace: config.get("namespace") };
};
