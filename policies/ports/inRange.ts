import { nextFreePort } from "../../model/project/claims";
import { exposing, outsidePorts } from "../kit/exposure";
import { objectPolicy } from "../kit/policy";

/** A network's port is one of those that its environment has for networks. */
export const inRange = objectPolicy({
  name: "ports-in-range",
  level: "mandatory",
  description: "Every port outside the cluster is one of those of the stack's environment.",
  why: "Firewalls and load balancers in front of the cluster let the environment's range through, and nothing else.",
  kinds: exposing,
  check(object, { stackFile }) {
    const ports = outsidePorts(object);
    const { environment, environmentName, environmentFile, claims, stack } = stackFile;
    if (ports.length === 0 || environment === undefined || environmentName === undefined) return [];
    const place = stackFile.place(object, { gateway: "port" });
    const { gateway: exposure, context } = environment;
    if (exposure === undefined) {
      const message = `environment "${environmentName}" has no ports for networks: give ${environmentFile} a "gateway"`;
      return [{ place, message }];
    }
    const { from, to } = exposure.ports;
    const others = claims.filter((claim) => claim.stack !== stack);
    const free = nextFreePort({ environment: environmentName, context }, exposure, others);
    const instead =
      free === undefined
        ? `All of them are taken: widen gateway.ports in ${environmentFile}`
        : `Write ${free}, the next free one`;
    return ports
      .filter((port) => port === undefined || port < from || port > to)
      .map((port) => ({
        place,
        message:
          port === undefined
            ? `its node port has no number, so the cluster takes any. ${instead}`
            : `port ${port} is not one of the ports ${from} to ${to} of environment "${environmentName}". ${instead}`,
      }));
  },
});
