import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { contextHash } from "../infra/contextHash";

/** Where images come from and go to. */
export interface ImageSettings {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  /** Registry, or mirror, of the upstream images. */
  upstream: string;
  /** Registry and path of the images that this project builds. */
  project: string;
  /** Whether built images are pushed there. */
  push: boolean;
}

/** Full reference of an upstream image. */
export function upstreamImage(settings: ImageSettings, name: string): string {
  return `${settings.upstream}/${name}`;
}

/** Arguments of {@link ProjectImage}. */
export interface ProjectImageArgs {
  /** Folder with the Dockerfile, relative to the project: the build context. */
  source: string;
  images: ImageSettings;
}

/**
 * An image that the project builds from a folder of its own. Its tag is the hash of that folder's content, so its
 * reference is known before it is built, and changes exactly when the content does.
 */
export class ProjectImage extends pulumi.ComponentResource {
  /** Reference of the image, known at preview: `<project>/<folder name>:<hash>`. */
  readonly reference: string;
  /** The build; what uses the image depends on it. */
  readonly image: docker.Image;

  constructor(name: string, args: ProjectImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:ProjectImage", name, { source: args.source }, opts);
    const { images, source } = args;
    const folder = source.split("/").pop()!;
    this.reference = `${images.project}/${folder}:${contextHash(`${images.projectDir}/${source}`)}`;
    this.image = new docker.Image(
      name,
      {
        imageName: this.reference,
        // Relative to the program's folder, so that the state does not tell one machine's paths from another's.
        build: { context: `../${source}`, dockerfile: `../${source}/Dockerfile`, platform: "linux/amd64" },
        skipPush: !images.push,
      },
      { parent: this },
    );
    this.registerOutputs({ reference: this.reference });
  }
}
