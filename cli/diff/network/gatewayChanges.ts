/** What changes at the edge of a network. */
import type { GatewayDescription } from "../../../model/network/description";
import { changed, named, type NetworkChange } from "./networkChange";

const subject = "gateway";

/** Compares two states of a network's gateway; absent means that there is none. */
export function gatewayChanges(before?: GatewayDescription, after?: GatewayDescription): NetworkChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined) return [comeOrGone(before, after)];
  const added = after.names.filter((name) => !before.names.includes(name));
  const removed = before.names.filter((name) => !after.names.includes(name));
  const limits = Object.keys({ ...before.limits, ...after.limits }).filter(
    (key) => before.limits[key] !== after.limits[key],
  );
  return [
    changed(subject, "port", before.port, after.port, {
      consequences: [
        `clients must call https://${after.apiHost}:${after.port}; the old port closes`,
        ...(after.names.length > 0
          ? [
              "nodes that it passes through to are handed out with the new port: their peers restart, all at once, and channels change " +
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
    changed(subject, "organization", before.organization, after.organization, {
      consequences: ["its certificate comes from another CA: clients must trust that one's root"],
      loud: true,
    }),
    changed(
      subject,
      "certificate",
      before.certificateSecret ?? "of the organization's CA",
      after.certificateSecret ?? "of the organization's CA",
      { consequences: ["clients must trust who has issued it"], loud: true },
    ),
    names("add", added),
    names("remove", removed),
    limits.length === 0
      ? []
      : [
          {
            action: "change" as const,
            subject,
            text: `limits ${limits.map((key) => `${key} ${before.limits[key]} -> ${after.limits[key]}`).join(", ")}`,
            consequences: ["loaded without a restart"],
            loud: false,
          },
        ],
  ].flat();
}

function comeOrGone(before?: GatewayDescription, after?: GatewayDescription): NetworkChange {
  const { port, apiHost, names: passed } = (after ?? before)!;
  const through = passed.length === 0 ? "" : `; passes through ${passed.join(", ")}`;
  return {
    action: after === undefined ? "remove" : "add",
    subject,
    text: `https://${apiHost}:${port}${through}`,
    consequences: after === undefined ? ["nothing of the network is reached from outside the cluster any more"] : [],
    loud: after === undefined,
  };
}

function names(action: "add" | "remove", list: string[]): NetworkChange[] {
  if (list.length === 0) return [];
  const isNew = action === "add";
  return [
    {
      action,
      subject: `${subject}, pass-through`,
      text: named("name", list),
      consequences: isNew
        ? ["reached from outside from now on, with TLS up to the node"]
        : ["not reached from outside any more"],
      loud: !isNew,
    },
  ];
}
