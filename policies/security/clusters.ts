import { parseUrn } from "../../model/pulumi/urn";
import { objectPolicy, type OtherResource, texts, type Violation } from "../kit/policy";
import { usedProviderInputs } from "../kit/productUses";

const providers = "pulumi:providers:";

/** Objects go to the cluster of their environment. */
export const clusters = objectPolicy<{ contexts: string[] }>({
  name: "security-clusters",
  level: "mandatory",
  description: "Every provider works on the cluster of the stack's environment.",
  why:
    "A second provider writes to any cluster that its user may write to, such as that of production. Without a context, it takes " +
    "the one that the user happens to be in.",
  settings: {
    contexts: {
      ...texts,
      description: "Contexts of the kubeconfig that providers may name, besides that of the environment.",
    },
  },
  allowing: ["contexts"],
  kinds: [],
  check: () => [],
  checkOther(resource, { settings, stackFile }): Violation[] {
    const { environment, environmentFile } = stackFile;
    if (!resource.type.startsWith(providers) || environment === undefined) return [];
    const place = `${stackFile.file}: ${stackFile.root}: provider ${parseUrn(resource.urn).name}`;
    const contexts = [environment.context, ...settings.contexts];
    return mistakes(resource, contexts).map((what) => ({
      place,
      message: `${what}. Use the provider of components/kubernetes/cluster.ts, whose context ${environmentFile} names`,
    }));
  },
});

/** What is wrong with a provider. Its inputs are texts, in JSON where they are no texts. */
function mistakes({ type, inputs }: OtherResource, contexts: readonly string[]): string[] {
  const isOfKubernetes = type === `${providers}kubernetes`;
  const { context, clusterIdentifier, kubeconfig } = inputs;
  const naming = isOfKubernetes ? ["context", "clusterIdentifier", "kubeconfig"] : [];
  const known = isOfKubernetes ? [...naming, ...usedProviderInputs] : ["version"];
  const unknown = Object.keys(inputs)
    .filter((key) => inputs[key] !== undefined && !key.startsWith("__") && !known.includes(key))
    .map((key) => `"${key}" may lead elsewhere, and the product does not set it`);
  if (!isOfKubernetes) return unknown;
  const found: string[] = [];
  if (context === undefined) found.push("it names no context, so it works on whatever cluster the user is in");
  else if (!contexts.includes(context)) found.push(`context "${context}" is not that of the environment`);
  if (clusterIdentifier !== undefined && clusterIdentifier !== context) {
    found.push(`clusterIdentifier "${clusterIdentifier}" is another cluster than its context`);
  }
  if (kubeconfig !== undefined && kubeconfig !== "") found.push("it has a kubeconfig of its own");
  return [...found, ...unknown];
}
