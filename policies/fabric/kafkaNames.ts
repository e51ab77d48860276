import { stackFile as fileOf } from "../../model/files/projectFolder";
import { stackPolicy } from "../kit/policy";

/** Networks on a shared Kafka use different topics. */
export const kafkaNames = stackPolicy({
  name: "fabric-kafka-names",
  level: "mandatory",
  description: "Names of channels and system channels are unique on a shared Kafka.",
  why:
    "A channel is a Kafka topic of the same name. An orderer that finds another network's messages in its topic takes them for " +
    "its own if it is a system channel's, and panics at every start if it is an application channel's.",
  limits:
    "Reads all files in stacks/: a network of another repository on the same Kafka is not seen. Networks of an environment " +
    "share one Kafka.",
  checkStack(objects, { stackFile }) {
    const { claims, stack, file, root } = stackFile;
    const own = claims.find((claim) => claim.stack === stack);
    const topics = Object.entries(own?.topics ?? {});
    const neighbours = claims.filter(
      ({ stack: other, environment }) => environment === own?.environment && other !== stack,
    );
    return topics.flatMap(([path, name], i) => {
      const there = neighbours
        .filter(({ topics = {} }) => Object.values(topics).includes(name))
        .map((n) => fileOf(n.stack));
      if (topics.slice(0, i).some(([, earlier]) => earlier === name)) there.unshift(`${file} itself`);
      if (there.length === 0) return [];
      const message = `"${name}" is a topic of ${there.join(" and ")} on the Kafka of environment "${own!.environment}" already. Choose another name`;
      const channel = objects.find(({ kind, body }) => kind === "Channel" && body.spec?.name === name);
      return [{ place: `${file}: ${root}.${path}`, message, ...(channel && { urn: channel.urn }) }];
    });
  },
});
