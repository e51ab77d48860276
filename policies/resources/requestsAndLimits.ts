import { quantity } from "../../model/contracts/quantity";
import { containersOf, podOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";

/** Every container has requests and limits. */
export const requestsAndLimits = objectPolicy({
  name: "resources-requests-and-limits",
  level: "mandatory",
  description: "Every container requests CPU and memory, and has limits of both.",
  why:
    "Without requests the scheduler puts too much on one machine; without limits one network's pod starves or evicts the " +
    "nodes of all others there. A request of 0 is none, and a limit of 0 is none to the container runtime.",
  check(object, { stackFile }) {
    const pod = podOf(object);
    if (pod === undefined) return [];
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    return containersOf(pod).flatMap(({ container }) => {
      const { requests = {}, limits = {} } = container.resources ?? {};
      const missing = Object.entries({ requests, limits }).flatMap(([list, values]) =>
        ["cpu", "memory"].flatMap((key) =>
          quantity(values[key]) > 0 ? [] : [named(`resources.${list}.${key}`, values[key])],
        ),
      );
      if (missing.length > 0) {
        const message = `container "${container.name}" lacks ${missing.join(", ")}. Set it in ${file}`;
        return [{ place, message }];
      }
      return ["cpu", "memory"]
        .filter((key) => quantity(requests[key]) > quantity(limits[key]))
        .map((key) => ({
          place,
          message:
            `container "${container.name}" requests ${requests[key]} of ${key}, more than its limit of ${limits[key]}. ` +
            `Raise the limit in ${file}`,
        }));
    });
  },
});

/** A missing field, or one with an invalid value, for the message. */
function named(path: string, value: unknown): string {
  return value === undefined ? path : `${path} (${String(value)} is none)`;
}
