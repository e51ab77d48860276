import { debugLabel } from "../../model/contracts/labels";
import { containersOf, podOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";

/** Nothing that is for debugging runs in an environment for production. */
export const debugging = objectPolicy({
  name: "security-debugging",
  level: "mandatory",
  description: "In an environment for production, no pod is for debugging, and no container listens for a debugger.",
  why:
    "Whoever reaches a debugger runs what they like in the process, with its keys; and a debug peer signs results of code that nobody has " +
    "reviewed, on a developer's machine.",
  limits:
    "Knows the switches of Node's inspector and of Delve in commands, arguments and NODE_OPTIONS; not what an image starts by itself.",
  check(object, { stackFile }) {
    const pod = podOf(object);
    if (pod === undefined || stackFile.environment?.purpose !== "production") return [];
    const place = stackFile.place(object, { peer: "debug", "studio-gate": "studio", "studio-session": "studio" });
    const instead = `Leave it out: ${stackFile.environmentFile} is for production`;
    return [
      ...(debugLabel in pod.labels
        ? [{ place, message: `its pods are for debugging (label ${debugLabel}). ${instead}` }]
        : []),
      ...containersOf(pod).flatMap(({ container }) => {
        const found = debuggerOf(container);
        const message = `container "${container.name}" listens for a debugger ("${found}"). ${instead}`;
        return found === undefined ? [] : [{ place, message }];
      }),
    ];
  },
});

const switches = /(^|[\s"'=])(--inspect\S*|--debug-port\S*|(\S*\/)?dlv)(?=$|[\s"'])/;

/** The switch that makes a container listen for a debugger; undefined if there is none. */
function debuggerOf({ command = [], args = [], env = [] }: any): string | undefined {
  const options = env.filter(({ name }: any) => name === "NODE_OPTIONS").map(({ value }: any) => value);
  const words = [...command, ...args, ...options].filter((word) => typeof word === "string");
  return words.flatMap((word) => switches.exec(word)?.[2] ?? [])[0];
}
