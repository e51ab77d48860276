import { describe, expect, it } from "vitest";

import { takenNetworks } from "./nodeNetwork";

describe("the link between host and node", () => {
  it("does not take its own subnet for a clash, nor the default route", () => {
    const addresses = [
      { ifname: "eth0", addr_info: [{ local: "10.0.0.7", prefixlen: 24 }] },
      { ifname: "baas-1", addr_info: [{ local: "10.213.0.1", prefixlen: 29 }] },
    ];
    const routes = [
      { dst: "default", dev: "eth0" },
      { dst: "10.9.0.0/16", dev: "tun0" },
      { dst: "10.213.0.0/29", dev: "baas-1" },
    ];
    expect(takenNetworks(addresses, routes, "baas-1")).toEqual(["10.0.0.7/24", "10.9.0.0/16"]);
  });
});
