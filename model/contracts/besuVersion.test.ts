import { expect, it } from "vitest";

import { besuVersionOf, isOlderBesu } from "./besuVersion";

it.each([
  ["docker.io/hyperledger/besu:26.8.0", "26.8.0"],
  [`registry.example.com:5000/mirror/besu:26.10.1-amd64@sha256:${"0".repeat(64)}`, "26.10.1"],
  ["registry.example.com/besu@sha256:0", undefined],
  ["docker.io/hyperledger/besu:develop", undefined],
  ["docker.io/ethereum/client-go:v1.13.15", undefined],
  ["", undefined],
])("the release of %s is %s", (image, version) => expect(besuVersionOf(image)).toBe(version));

it.each([
  ["26.7.1", "26.8.0", true],
  ["26.9.0", "26.10.0", true],
  ["25.12.0", "26.1.0", true],
  ["26.8.0", "26.8.0", false],
  ["26.10.0", "26.9.3", false],
  ["27.1.0", "26.12.1", false],
])("whether %s is older than %s: %s", (version, than, isOlder) => expect(isOlderBesu(version, than)).toBe(isOlder));
