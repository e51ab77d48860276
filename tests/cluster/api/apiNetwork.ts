/** The stack `trade` with an API server, on real Fabric, and an issuer of tokens that its pod reaches. */
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

/** Stack of the network, and its namespace. */
export const stack = "trade";
const stackFile = `stacks/Pulumi.${stack}.yaml`;
const environmentFile = "stacks/environments/local.yaml";
const gatewayPort = 30444;

/** Writes the stack file and starts the issuer; gives callers. */
export class ApiNetwork {
  readonly channel = "trades";
  readonly chaincode = "asset-transfer";
  private readonly callers: ApiCaller[] = [];

  private constructor(
    private readonly on: ApiCluster,
    private readonly issuer: IssuerPod,
  ) {}

  /**
   * Starts an issuer, and writes the network into the stack file, ready to be applied.
   *
   * @param more - further settings of `api`, in YAML
   */
  static async prepare(on: ApiCluster, more = ""): Promise<ApiNetwork> {
    const path = "{.spec.template.spec.containers[0].image}";
    const image = await on.kubectl("-n", "baas-platform", "get", "deployment", controllerName, `-o=jsonpath=${path}`);
    const issuer = await IssuerPod.start(on, image.trim());
    const { project } = on;
    // As a user must for an issuer or a database on a port of its own.
    const openEgress = `  security-network-policies: { openEgress: [TCP/${new URL(issuer.url).port}] }\n`;
    project.edit(environmentFile, "policies:", `policies:\n${openEgress}`);
    project.edit(
      stackFile,
      "      passthrough: { peers: [org1, org2] }",
      `      ${passthrough}\n${api(issuer)}${more}`,
    );
    project.edit(stackFile, "mspId: Org1MSP, peers: 2", "mspId: Org1MSP, peers: 2, clients: [app]");
    // Less waiting for a block leaves more of a test's time to transactions.
    project.edit(
      stackFile,
      "batch: { timeout: 500ms, maxMessages: 500 }",
      "batch: { timeout: 200ms, maxMessages: 100 }",
    );
    return new ApiNetwork(on, issuer);
  }

  /** An application with a role, outside the cluster. */
  async caller(subject = "alice", roles: readonly string[] = ["trader"]): Promise<ApiCaller> {
    const roots = JSON.parse(
      await this.on.kubectl("-n", stack, "get", "configmap", rootsConfigMapName("ca-org1"), "-o", "json"),
    );
    const caller = new ApiCaller({
      edge: { host: this.on.cluster.nodeAddress, port: gatewayPort },
      name: "api.trade.example.com",
      root: roots.data[rootKeys.tls],
      token: await this.issuer.token(subject, { roles }),
      channel: this.channel,
      chaincode: this.chaincode,
    });
    this.callers.push(caller);
    return caller;
  }

  close(): void {
    for (const caller of this.callers) caller.close();
  }
}

const passthrough = "passthrough: { peers: [org1, org2], certificateAuthorities: [org1] }";

/** `api` of the stack file, as docs/api.md shows it. */
function api({ url, audience, root }: IssuerPod): string {
  const certificate = root.trim().replaceAll("\n", "\n        ");
  return `    api:
      tokens: { issuer: "${url}", audience: ${audience} }
      rootCertificates: |
        ${certificate}
      roles:
        trader: { actions: [evaluate, submit, read] }
      limits: { requestsPerMinute: 1000000 }
`;
}
