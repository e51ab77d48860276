/** A stack with an API server, on real Fabric, and an issuer of tokens that its pod reaches. */
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { rootKeys } from "../../../model/contracts/certificateAuthority";
import { controllerName, rootsConfigMapName } from "../../../model/contracts/names";
import type { ProjectCopy } from "../../projectCopy";
import { ApiCaller } from "./apiCaller";
import { IssuerPod } from "./issuerPod";

/** A cluster with a platform, and the project that is applied to it. */
export interface ApiCluster {
  cluster: LocalCluster;
  project: ProjectCopy;
  kubectl(...args: string[]): Promise<string>;
  kubectlWith(input: string, ...args: string[]): Promise<string>;
}

/** A stack, and what callers must know of its network. */
export interface ApiStack {
  /** Name of the stack, and of its namespace. */
  name: string;
  channel: string;
  gatewayPort: number;
}

/** Stack with Raft orderers. */
export const trade: ApiStack = { name: "trade", channel: "trades", gatewayPort: 30444 };
/** Stack with orderers on the platform's Kafka. */
export const seed: ApiStack = { name: "seed", channel: "seeds", gatewayPort: 30445 };

/** The client of its organization that callers may act as, beside the server's own. */
export const client = "settler";

const environmentFile = "stacks/environments/local.yaml";

/** Writes the API server into a stack file and starts the issuer; gives callers. */
export class ApiNetwork {
  private readonly callers: ApiCaller[] = [];

  private constructor(
    private readonly on: ApiCluster,
    private readonly stack: ApiStack,
    private readonly issuer: IssuerPod,
  ) {}

  /** Starts an issuer, and writes the API server into the stack file, ready to be applied. */
  static async prepare(on: ApiCluster, stack: ApiStack): Promise<ApiNetwork> {
    const path = "{.spec.template.spec.containers[0].image}";
    const image = await on.kubectl("-n", "baas-platform", "get", "deployment", controllerName, `-o=jsonpath=${path}`);
    const issuer = await IssuerPod.start(on, image.trim());
    const { project } = on;
    // As a user must for an issuer or a database on a port of its own.
    const openEgress = `  security-network-policies: { openEgress: [TCP/${new URL(issuer.url).port}] }\n`;
    project.edit(environmentFile, "policies:", `policies:\n${openEgress}`);
    const file = `stacks/Pulumi.${stack.name}.yaml`;
    const [org1 = ""] = /\{ name: org1.*\}/.exec(project.read(file)) ?? [];
    const hasClients = org1.includes("clients: [");
    project.edit(
      file,
      org1,
      hasClients ? org1.replace("clients: [", `clients: [${client}, `) : org1.replace(" }", `, clients: [${client}] }`),
    );
    project.edit(file, "    gateway:\n", `${api(issuer)}    gateway:\n`);
    return new ApiNetwork(on, stack, issuer);
  }

  /** An application with a role, outside the cluster. */
  async caller(subject = "alice", roles: readonly string[] = ["trader"]): Promise<ApiCaller> {
    const { name, channel, gatewayPort } = this.stack;
    const roots = JSON.parse(
      await this.on.kubectl("-n", name, "get", "configmap", rootsConfigMapName("ca-org1"), "-o", "json"),
    );
    const caller = new ApiCaller({
      edge: { host: this.on.cluster.nodeAddress, port: gatewayPort },
      name: `api.${name}.example.com`,
      root: roots.data[rootKeys.tls],
      token: await this.issuer.token(subject, { roles }),
      ...{ channel, chaincode: "asset-transfer" },
    });
    this.callers.push(caller);
    return caller;
  }

  /** Waits until a pod is ready. */
  async untilReady(pod: string): Promise<void> {
    await this.on.kubectl("-n", this.stack.name, "wait", "--for=condition=Ready", `pod/${pod}`, "--timeout=180s");
  }

  close(): void {
    for (const caller of this.callers) caller.close();
  }
}

/** `api` of the stack file, as docs/api.md shows it. */
function api({ url, audience, root }: IssuerPod): string {
  const certificate = root.trim().replaceAll("\n", "\n        ");
  return `    api:
      tokens: { issuer: "${url}", audience: ${audience} }
      rootCertificates: |
        ${certificate}
      identities: [${client}]
      roles:
        trader: { actions: [evaluate, submit, read], identities: [api, ${client}] }
      limits: { requestsPerMinute: 1000000 }
`;
}
