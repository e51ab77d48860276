/** What changes at the edge of a network. */
import type { GatewayDescription } from "../network/networkDescription";
import { added, changed, changedTogether, named, type NetworkChange, removed } from "./change";

const subject = "gateway";

/** Compares two states of a network's gateway; absent means that there is none. */
export function gatewayChanges(before?: GatewayDescription, after?: GatewayDescription): NetworkChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined) return [comeOrGone(before, after)];
  const come = after.names.filter((name) => !before.names.includes(name));
  const gone = before.names.filter((name) => !after.names.includes(name));
  const passThrough = `${subject}, pass-through`;
  const ownCertificate = "of the organization's CA";
  return [
    changed(subject, "port", before.port, after.port, {
      consequences: [
        `clients must call https://${after.apiHost}:${after.port}; the old port closes`,
        ...(after.names.length > 0
          ? [
              "nodes that it passes through to are handed out with the new port: their peers restart, one after another, and channels change " +
                "by a configuration update",
            ]
          : []),
      ],
      loud: true,
    }),
    changed(subject, "name", before.apiHost, after.apiHost, { consequences: ["clients must call the new name"] }),
    changed(subject, "exposure", before.exposure, after.exposure, {
      consequences: ["clients may find it at another address"],
      loud: true,
    }),
    changed(subject, "replicas", before.replicas, after.replicas, { consequences: [] }),
    changed(subject, "replicas at most", before.maxReplicas ?? "none", after.maxReplicas ?? "none", {
      consequences: [],
    }),
    changed(subject, "organization", before.organization, after.organization, {
      consequences: ["its certificate comes from another CA: clients must trust that one's root"],
      loud: true,
    }),
    changed(
      subject,
      "certificate",
      before.certificateSecret ?? ownCertificate,
      after.certificateSecret ?? ownCertificate,
      { consequences: ["clients must trust who has issued it"], loud: true },
    ),
    come.length === 0
      ? []
      : added(passThrough, named("name", come), ["reached from outside from now on, with TLS up to the node"]),
    gone.length === 0 ? [] : removed(passThrough, named("name", gone), ["not reached from outside any more"]),
    changedTogether(subject, "limits", before.limits, after.limits, "loaded without a restart"),
  ].flat();
}

function comeOrGone(before?: GatewayDescription, after?: GatewayDescription): NetworkChange {
  const { port, apiHost, names } = (after ?? before)!;
  const text = `https://${apiHost}:${port}${names.length === 0 ? "" : `; passes through ${names.join(", ")}`}`;
  if (after !== undefined) return added(subject, text);
  return removed(subject, text, ["nothing of the network is reached from outside the cluster any more"]);
}
