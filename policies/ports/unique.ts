import { type Claims, clashes, nextFreePort } from "../../model/project/claims";
import { exposing, outsidePorts } from "../kit/exposure";
import { objectPolicy } from "../kit/policy";

/** No two stacks of a cluster have the same port. */
export const unique = objectPolicy({
  name: "ports-unique",
  level: "mandatory",
  description: "No two stacks share a port outside the cluster.",
  why:
    "A node port is given once in a cluster: the second network does not come up, or its clients reach the first. A " +
    "load balancer with two networks on a port sends connections to either.",
  limits: "Reads all files in stacks/: a stack of another repository on the same cluster is not seen.",
  kinds: exposing,
  check(object, { stackFile }) {
    const ports = outsidePorts(object).filter((port) => port !== undefined);
    if (ports.length === 0) return [];
    const { claims, stack, environment } = stackFile;
    const own = claims.find((claim) => claim.stack === stack);
    if (own === undefined) return [];
    const others = claims.filter((claim) => claim.stack !== stack);
    const free = environment?.gateway && nextFreePort(own, environment.gateway, others);
    const instead = free === undefined ? "Choose another one" : `Write ${free}, the next free one`;
    return ports.flatMap((port) => {
      const claim: Claims = { ...own, port, exposure: object.kind === "Service" ? own.exposure : "TLSRoute" };
      return clashes(stackFile.root, claim, others)
        .filter(({ path }) => path.endsWith("gateway.port"))
        .map(({ message }) => ({
          place: stackFile.place(object, { gateway: "port" }),
          message: `port ${message}. ${instead}`,
        }));
    });
  },
});
