/**
 * What the purpose of an environment demands of its stacks. In production, nothing may lose data or service with the failure
 * of one machine, and nothing that is for testing may run.
 */
import type { Finding } from "../stackFile/findings";
import type { EnvironmentConfig, NetworkConfig } from "../stackFile/schema";

/** What an environment without a purpose is warned of. */
export function purposeWarning(environment: EnvironmentConfig, file: string): Finding[] {
  if (environment.purpose !== undefined) return [];
  const message = `${file} does not say what it is for, so it counts as testing: write "purpose: testing" or "purpose: production"`;
  return [{ path: "purpose", message }];
}

/**
 * Checks a network against the purpose of its environment.
 *
 * @param root - path of the network in its file, such as `baas:network`
 */
export function checkPurpose(root: string, config: NetworkConfig, { purpose }: EnvironmentConfig): Finding[] {
  if (purpose !== "production") return [];
  const { environment, ordering, organizations, chaincodes, gateway } = config;
  const because = `environment "${environment}" is for production`;
  const least = (path: string, count: number, needed: number, why: string, write: string): Finding[] =>
    count >= needed
      ? []
      : [{ path: `${root}.${path}`, message: `is ${count}, and ${because}: ${why}. Write ${write}` }];
  return [
    ...(ordering.type === "kafka"
      ? least(
          "ordering.nodes",
          ordering.nodes,
          2,
          "a restart of the only orderer stops all channels",
          "nodes: 2, or more",
        )
      : least("ordering.nodes", ordering.nodes, 3, "fewer than 3 Raft consenters survive no loss", "nodes: 3, or 5")),
    ...organizations.flatMap(({ name, peers }, i) =>
      least(
        `organizations[${i}].peers`,
        peers,
        2,
        `a restart of the only peer of ${name} stops it`,
        "peers: 2, or more",
      ),
    ),
    ...organizations.flatMap((organization, i) =>
      forDevelopers
        .filter(({ key }) => organization[key] !== undefined)
        .map(({ key, lets, verb }) => ({
          path: `${root}.organizations[${i}].${key}`,
          message: `lets developers ${lets}, and ${because}: leave it out, and ${verb} in an environment for testing`,
        })),
    ),
    ...chaincodes.flatMap(({ name, replicas, smokeTest }, i) => [
      ...least(`chaincodes[${i}].replicas`, replicas, 2, `with its only server ${name} stops`, "replicas: 2, or more"),
      ...(smokeTest === undefined
        ? []
        : [
            {
              path: `${root}.chaincodes[${i}].smokeTest`,
              message: `writes test data to a ledger that keeps it for ever, and ${because}: leave it out, and test in another environment`,
            },
          ]),
    ]),
    ...(gateway === undefined
      ? []
      : least(
          "gateway.replicas",
          gateway.replicas,
          2,
          "its only pod takes all clients with it",
          "replicas: 2, or more",
        )),
  ];
}

/** What an organization has for developers alone. */
const forDevelopers = [
  { key: "debug", lets: "run chaincode on their machines", verb: "debug" },
  { key: "studio", lets: "run chaincode that they write in a browser", verb: "write it" },
] as const;

/** Checks an environment against its own purpose. */
export function checkEnvironmentPurpose({ purpose, images, certificates }: EnvironmentConfig): Finding[] {
  if (purpose !== "production") return [];
  return [
    ...(images.push
      ? []
      : [
          {
            path: "images.push",
            message:
              "is false, and purpose is production: nodes could not pull the images when their pods move. Write true, and a " +
              "registry that the cluster pulls from",
          },
        ]),
    ...(certificates === undefined
      ? []
      : [
          {
            path: "certificates",
            message:
              "is for tests of their renewal, and purpose is production: nodes would restart again and again. Leave it out",
          },
        ]),
    ...(["upstream", "project"] as const)
      .filter((key) => isLocal(images[key]))
      .map((key) => ({
        path: `images.${key}`,
        message: `"${images[key]}" is on one machine only, and purpose is production: name a registry that all nodes of the cluster reach`,
      })),
  ];
}

/** Whether a registry's host is of one machine: localhost, a loopback or unspecified address, or a name that no DNS has. */
function isLocal(registry: string): boolean {
  // A URL has names in lower case, and addresses in their usual form.
  const host = URL.parse(`http://${registry.split("/")[0]}`)?.hostname ?? "";
  return /^(localhost|(127|0)\.[0-9.]+|\[::1?\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]+\]|.*\.(local|localhost))$/.test(host);
}
