import { describe, expect, it } from "vitest";

import { progressTo } from "../../../local-cluster/progress";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import type { ProgramResult } from "../declared/registration";
import type { DesiredObject } from "./desiredObjects";
import { podImages, provideImages } from "./provideImages";

const pod = (image: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "peer0", namespace: "dev" },
  spec: { containers: [{ name: "peer", image }] },
});
const nothingToBuild = { registrations: [] } as unknown as ProgramResult;
const peer = "docker.io/hyperledger/fabric-peer:2.5.16";
const needing = (image: string) => [{ object: pod(image) }] as unknown as DesiredObject[];
const quiet = progressTo(() => undefined);

function local(type: LocalCluster["type"], images: string[]): LocalCluster {
  return { type, images: { list: async () => images } } as unknown as LocalCluster;
}

describe("images that are not built here", () => {
  it("are left to the node of a cluster by kind, which reaches registries", async () => {
    expect(await provideImages(nothingToBuild, needing(peer), local("kind", []), quiet)).toEqual(new Map());
  });

  it("are not fetched again where the local cluster has them", async () => {
    expect(await provideImages(nothingToBuild, needing(peer), local("debian", [peer]), quiet)).toEqual(new Map());
  });
});

it("an object needs the images of its containers", () => {
  expect(podImages(pod("a:1"))).toEqual(["a:1"]);
});
