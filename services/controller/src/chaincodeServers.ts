/** Checks that a chaincode's servers can be called as its peers call them. */
import { askChaincodeServer, type ChaincodeServerFault } from "@baas/fabric";

import type { Administrator } from "./administrators";
import { readyAddresses, type ReadyServices, serviceOf } from "./endpoints";
import { endpointSlices, pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { troubleAt } from "./pods";
import { failing, Halt, type Result, soon, waiting } from "./reconciler";
import type { Chaincode } from "./resources";

/** Reason and remedy for each fault of a server. */
const remedies: Record<ChaincodeServerFault, { reason: string; remedy: string }> = {
  unreachable: {
    reason: "ServerUnreachable",
    remedy:
      "See its log, and whether its NetworkPolicy lets the controller in: that of a network that an earlier release has applied does " +
      "not, until the network is applied again.",
  },
  noTls: {
    reason: "ServerWithoutTls",
    remedy:
      "Have the chaincode serve with TLS: with the certificate and the key that CHAINCODE_TLS_CERT_FILE and CHAINCODE_TLS_KEY_FILE name.",
  },
  certificate: {
    reason: "ServerCertificateInvalid",
    remedy:
      "Have the chaincode serve with the certificate and the key that CHAINCODE_TLS_CERT_FILE and CHAINCODE_TLS_KEY_FILE name, and ask " +
      "clients for none; delete its pod, which enrols anew.",
  },
  noChaincode: {
    reason: "ServerNotChaincode",
    remedy:
      "Have the image run the chaincode's server at the address that CHAINCODE_SERVER_ADDRESS names; see its log.",
  },
};

/** The servers of chaincodes, one Service for each organization. */
export class ChaincodeServers {
  constructor(
    private readonly services: ReadyServices,
    private readonly objects: SeenObjects,
  ) {}

  /**
   * Checks that every member has a chaincode server that its peers can call. Asks each of its pods as a peer would.
   *
   * @param longEnough - how long each must have had a pod that is ready, in milliseconds
   * @throws {@link Halt} when one has none, has not had one for long enough, or cannot be called
   */
  async require(chaincode: Chaincode, members: readonly Administrator[], longEnough: number): Promise<void> {
    for (const member of members) this.requirePod(chaincode, member.organization.name, longEnough);
    const results = await Promise.all(members.map((member) => this.ask(chaincode, member)));
    const fault = results.find((result) => result !== undefined);
    if (fault) throw new Halt(fault);
  }

  private requirePod({ metadata, spec }: Chaincode, organization: string, longEnough: number): void {
    const server = serverOf(spec.package.address, organization);
    const key = `${metadata.namespace}/${server}`;
    const served = this.services.readyFor(key);
    if (served !== undefined) {
      if (served >= longEnough) return;
      throw new Halt(soon("ServerNotReady", `Chaincode server ${server} of ${organization} has just become ready.`));
    }
    const missing = `Chaincode server ${server} of ${organization} has no pod that is ready.`;
    const trouble = troubleAt(this.objects.list(pods), key);
    throw new Halt(
      trouble
        ? waiting(trouble.reason, `${missing} ${trouble.message}`)
        : waiting("ServerNotReady", `${missing} If that takes long, see \`kubectl describe pod\` and its log.`),
    );
  }

  /** Asks the pods of an organization's server; returns what is wrong with one of them. */
  private async ask({ metadata, spec }: Chaincode, member: Administrator): Promise<Result | undefined> {
    const { name } = member.organization;
    const server = serverOf(spec.package.address, name);
    const serverName = hostOf(spec.package.address, name);
    const slices = this.objects.list(endpointSlices);
    const own = slices.filter((slice) => serviceOf(slice) === `${metadata.namespace}/${server}`);
    const results = await Promise.all(
      own.flatMap(readyAddresses).map(async ({ host, port }) => {
        const answer = await askChaincodeServer({ host, port, serverName, tlsRootCertificates: member.tlsRoot });
        const where = `Chaincode server ${server} of ${name} at ${host}:${port} cannot be called by peers`;
        if ("fault" in answer) {
          const { reason, remedy } = remedies[answer.fault];
          const message = `${where}: ${answer.reason}. ${remedy}`;
          return answer.fault === "unreachable" ? soon(reason, message) : failing(reason, message);
        }
        if (answer.packageId === spec.package.id) return undefined;
        const message =
          `${where}: it runs under the ID ${answer.packageId}, not ${spec.package.id}. Have the chaincode take its ID from ` +
          "CHAINCODE_ID.";
        return failing("ServerOfAnotherPackage", message);
      }),
    );
    // What needs a person comes first.
    return results.find((result) => result && !result.soon) ?? results.find((result) => result !== undefined);
  }
}

/** Name of an organization's chaincode server and of its Service, from the package's address. */
export function serverOf(address: string, organization: string): string {
  return hostOf(address, organization).split(".")[0]!;
}

/** The host that an organization's peers connect to, and whose name the server's certificate must have. */
function hostOf(address: string, organization: string): string {
  return address.replace("{{.organization}}", organization).split(":")[0]!;
}
