import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createUrn, parseUrn, stackType } from "./urn";

const stack = createUrn("dev", "baas", undefined, stackType, "baas-dev");

describe("URNs", () => {
  test("do not hold the stack's type, and hold those of all other ancestors", () => {
    expect(stack).toBe("urn:pulumi:dev::baas::pulumi:pulumi:Stack::baas-dev");
    const network = createUrn("dev", "baas", stack, "baas:index:Network", "dev");
    expect(network).toBe("urn:pulumi:dev::baas::baas:index:Network::dev");
    const peer = createUrn("dev", "baas", network, "baas:index:Peer", "peer0");
    const config = createUrn("dev", "baas", peer, "kubernetes:core/v1:ConfigMap", "peer0");
    expect(config).toBe("urn:pulumi:dev::baas::baas:index:Network$baas:index:Peer$kubernetes:core/v1:ConfigMap::peer0");
  });

  test("come apart into what they were made of, names with colons included", () => {
    const type = fc.stringMatching(/^[a-z]{1,5}:[a-z/]{1,5}:[A-Z][a-z]{0,5}$/);
    const name = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.array(type, { maxLength: 3 }), type, name, (ancestors, own, text) => {
        let parent = stack;
        for (const ancestor of ancestors) parent = createUrn("dev", "baas", parent, ancestor, "a");
        expect(parseUrn(createUrn("dev", "baas", parent, own, text))).toEqual({
          stack: "dev",
          project: "baas",
          qualifiedType: [...ancestors, own].join("$"),
          type: own,
          name: text,
        });
      }),
    );
  });

  test("are recognized", () => {
    expect(() => parseUrn("dev::baas::type::name")).toThrow('"dev::baas::type::name" is not a URN');
    expect(() => parseUrn("urn:pulumi:dev::baas::type")).toThrow("is not a URN");
  });
});
