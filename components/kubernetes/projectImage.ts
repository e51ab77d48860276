/** Images that the project builds, and references of upstream images. */
import { join, posix } from "node:path";

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { upstreamReferenceAt } from "../../model/contracts/images";
import { versions } from "../../model/files/versions";
import { type UpstreamImage, upstreamImages } from "../../model/network/upstreamImages";
import type { Architecture, OverriddenImages } from "../../model/stackFile/clusterSchema";
import { contextHash } from "./contextHash";

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
  /** Upstream images other than those of infra/versions.yaml. */
  overrides?: OverriddenImages;
  /** Architecture that images are built for. Default: amd64. */
  architecture?: Architecture;
}

/** Full reference of an upstream image. */
export function upstreamImage({ upstream, overrides }: ImageSettings, image: UpstreamImage, fabric: string): string {
  return upstreamReferenceAt(upstream, upstreamImages(overrides, fabric)[image]);
}

/** Full reference of an upstream image whose tag is no version of Fabric. */
export function upstreamReference(
  { upstream, overrides = {} }: ImageSettings,
  image: Exclude<UpstreamImage, "peer" | "orderer">,
): string {
  return upstreamReferenceAt(upstream, overrides[image] ?? versions.images[image]);
}

const defaultArchitecture = "amd64";

/** Arguments of {@link ProjectImage}. */
export interface ProjectImageArgs {
  /** Folder with the Dockerfile, relative to the project. */
  source: string;
  /**
   * Build context, relative to the project, for an image that needs more than its own folder, as services do. Its
   * `.dockerignore` selects the files. Default: `source`.
   */
  context?: string;
  /** Path of a Dockerfile, relative to the project, for an image that is not that of `source`. The image is named after it. */
  dockerfile?: string;
  images: ImageSettings;
}

/**
 * An image that the project builds. Its tag is the hash of what it is built from, so its reference is known before it is
 * built, and changes exactly when the content does.
 */
export class ProjectImage extends pulumi.ComponentResource {
  /** Reference of the image, known at preview: `<project>/<folder name>:<hash>`, with the architecture if it is not amd64. */
  readonly reference: string;
  /** The build. Resources that use the image depend on it. */
  readonly image: docker.Image;

  constructor(name: string, args: ProjectImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:ProjectImage", name, { source: args.source }, opts);
    const { images, source, context = source } = args;
    const { dockerfile = posix.join(source, "Dockerfile") } = args;
    const hash = contextHash(join(images.projectDir, context), posix.relative(context, dockerfile));
    const { architecture = defaultArchitecture } = images;
    // The same sources give another image for another architecture.
    const tag = architecture === defaultArchitecture ? hash : `${hash}-${architecture}`;
    const named = args.dockerfile === undefined ? "" : `${posix.basename(dockerfile, ".Dockerfile")}-`;
    this.reference = `${images.project}/${named}${posix.basename(source)}:${tag}`;
    this.image = new docker.Image(
      name,
      {
        imageName: this.reference,
        // Relative to the program's folder, so that the state is the same on every machine.
        build: {
          context: posix.join("..", context),
          dockerfile: `../${dockerfile}`,
          platform: `linux/${architecture}`,
        },
        skipPush: !images.push,
      },
      { parent: this },
    );
    this.registerOutputs({ reference: this.reference });
  }
}
