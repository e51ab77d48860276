import { parseImage } from "../../model/contracts/images";
import { containersOf, podOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";

/** Every image has a version in its reference. */
export const imageTags = objectPolicy<{ digests: boolean }>({
  name: "security-image-tags",
  level: "mandatory",
  description: "Every image has a tag other than latest, or a digest.",
  why:
    "What runs under latest, or under no tag, changes when a pod moves to another machine: peers of one channel run different " +
    "versions, and nobody has reviewed the new one.",
  settings: {
    digests: { type: "boolean", default: false, description: "Whether only a digest will do, which nobody can move." },
  },
  check(object, { settings, stackFile }) {
    const pod = podOf(object);
    if (pod === undefined) return [];
    return containersOf(pod).flatMap(({ container }) => {
      const { tag, digest } = parseImage(container.image ?? "");
      const isFixed = tag !== undefined && tag !== "latest" && !settings.digests;
      if (digest === undefined ? isFixed : /^sha256:[0-9a-f]{64}$/.test(digest)) return [];
      const wrong =
        digest !== undefined
          ? "no digest after its @"
          : tag === undefined
            ? "no tag"
            : tag === "latest"
              ? "the tag latest"
              : "a tag and no digest";
      const instead = settings.digests ? "its digest, @sha256:..." : "the tag of a version, or a digest";
      const message = `image "${container.image ?? ""}" of container "${container.name}" has ${wrong}. Write ${instead}`;
      return [{ place: stackFile.place(object, { chaincode: "image" }), message }];
    });
  },
});
