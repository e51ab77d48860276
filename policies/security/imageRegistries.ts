import { otherUpstream, parseImage, withRegistry } from "../../model/contracts/images";
import { containersOf, podOf } from "../kit/objects";
import { objectPolicy, texts } from "../kit/policy";

/** Images come from the environment's registries. */
export const imageRegistries = objectPolicy<{ allowed: string[] }>({
  name: "security-image-registries",
  level: "mandatory",
  description: "Images come from the registries of the environment.",
  why: "An image from elsewhere is scanned by nobody, may be gone tomorrow, and cannot be pulled where the cluster has no way out.",
  settings: {
    allowed: {
      ...texts,
      description:
        "Registries, with or without a path, besides images.upstream and images.project of the environment: " +
        "registry.example.com/chaincode.",
    },
  },
  check(object, { settings, stackFile }) {
    const pod = podOf(object);
    const { environment } = stackFile;
    if (pod === undefined || environment === undefined) return [];
    const allowed = [environment.images.upstream, environment.images.project, ...settings.allowed];
    // Of the product's own images, those that docker.io has not.
    const others = environment.images.upstream === "docker.io" && stackFile.kind === "platform" ? otherUpstream : [];
    const isAllowed = (repository: string): boolean =>
      [...allowed, ...others].some((each) => `${repository}/`.startsWith(`${each.replace(/\/+$/, "")}/`));
    return containersOf(pod).flatMap(({ container }) => {
      const repository = withRegistry(parseImage(container.image ?? "").repository);
      if (isAllowed(repository)) return [];
      const message =
        `image "${container.image}" of container "${container.name}" is of none of ${allowed.join(", ")}. ` +
        `Push it to ${environment.images.project}, or add its registry to policies.security-image-registries.allowed in ${stackFile.environmentFile}`;
      return [{ place: stackFile.place(object, { chaincode: "image" }), message }];
    });
  },
});
