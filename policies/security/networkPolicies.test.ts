import { expect, it } from "vitest";

import { networkPolicies } from "./networkPolicies";

it("openEgress and openIngress take protocols and ports that there are", () => {
  for (const setting of ["openEgress", "openIngress"] as const) {
    const { items } = networkPolicies.settings![setting] as { items: { pattern: string } };
    const isAllowed = (port: string): boolean => new RegExp(items.pattern).test(port);
    expect(["TCP/1", "UDP/53", "SCTP/65535", "TCP/9092"].filter((port) => !isAllowed(port))).toEqual([]);
    expect(["TCP/0", "TCP/65536", "TCP/99999", "TCP/080", "ICMP/1", "TCP/", "9092"].filter(isAllowed)).toEqual([]);
  }
});
