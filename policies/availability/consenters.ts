import { objectPolicy } from "../kit/policy";

/** An ordering service survives the loss of a consenter. */
export const consenters = objectPolicy<{ least: number }>({
  name: "availability-consenters",
  level: "mandatory",
  description: "The consenters of a channel are an odd number, and enough to lose one.",
  why:
    "A lone orderer that is restarted stops its channels, and one that is lost ends them. Of four consenters no more may fail " +
    "than of three, and there is one more to fail.",
  settings: {
    least: { type: "integer", minimum: 1, default: 3, description: "Number of consenters at least." },
  },
  kinds: ["Channel"],
  check(object, { settings, stackFile }) {
    const { type, consenters = [] } = object.body.spec?.ordering ?? {};
    if (type === "kafka") return []; // Kafka's brokers agree there: availability-kafka-replication.
    const count = consenters.length;
    const place = `${stackFile.file}: ${stackFile.root}.ordering.nodes: ${object.kind} ${object.namespace}/${object.name}`;
    if (count < settings.least) {
      const survives = Math.floor((count - 1) / 2);
      const message = `${count} consenter${count === 1 ? " survives" : "s survive"} the loss of ${Math.max(0, survives)}. Write ${settings.least}, or more`;
      return [{ place, message }];
    }
    if (count % 2 === 1) return [];
    const message = `of ${count} consenters no more may fail than of ${count - 1}. Write ${count - 1} or ${count + 1}`;
    return [{ place, message }];
  },
});
