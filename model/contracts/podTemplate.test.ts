import { describe, expect, it } from "vitest";

import { restartingPart } from "./podTemplate";

const template = (images: { enrol?: string; peer?: string; other?: string } = {}) => ({
  metadata: { labels: { a: "1" } },
  spec: {
    initContainers: [
      { name: "enrol", image: images.enrol ?? "enrol:1", args: ["node"] },
      { name: "init-ca", image: images.enrol ?? "enrol:1" },
      { name: "enrol-kafka", image: images.enrol ?? "enrol:1" },
      { name: "enrol-operations", image: images.enrol ?? "enrol:1" },
      { name: "node", image: images.enrol ?? "enrol:1" },
      { name: "other", image: images.other ?? "other:1" },
    ],
    containers: [{ name: "peer", image: images.peer ?? "peer:1" }],
  },
});

describe("what of a pod template a restart is needed for", () => {
  it("is not the image of this project's own init containers", () => {
    expect(restartingPart(template({ enrol: "enrol:2" }))).toBe(restartingPart(template()));
  });

  it("is any other image, and every other setting of the init containers", () => {
    const base = restartingPart(template());
    expect(restartingPart(template({ peer: "peer:2" }))).not.toBe(base);
    expect(restartingPart(template({ other: "other:2" }))).not.toBe(base);
    const argued = template();
    argued.spec.initContainers[0]!.args = ["node", "--tls-only"];
    expect(restartingPart(argued)).not.toBe(base);
  });

  it("does not depend on the order of keys, but on that of lists", () => {
    const { spec, metadata } = template();
    expect(restartingPart({ spec, metadata })).toBe(restartingPart(template()));
    const turned = template();
    turned.spec.initContainers.reverse();
    expect(restartingPart(turned)).not.toBe(restartingPart(template()));
  });
});
