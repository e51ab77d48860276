import { expectTypeOf, test } from "vitest";

import type { ChaincodeSpec } from "./chaincode";
import type { ChannelConsenter, ChannelSpec } from "./channel";
import type { IdentitySpec } from "./identity";
import type { RolloutSpec } from "./rollout";

test("the types of specs follow from their schemas", () => {
  expectTypeOf<IdentitySpec["type"]>().toEqualTypeOf<"peer" | "orderer" | "admin" | "client">();
  expectTypeOf<ChannelSpec["ordering"]["type"]>().toEqualTypeOf<"etcdraft" | "kafka">();
  expectTypeOf<ChannelSpec["batch"]["maxMessages"]>().toEqualTypeOf<number>();
  expectTypeOf<ChaincodeSpec["organizations"][number]["peers"]>().toEqualTypeOf<string[]>();
  expectTypeOf<ChaincodeSpec["package"]["id"]>().toEqualTypeOf<string>();
  expectTypeOf<ChannelConsenter["endpoint"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<ChannelConsenter["adminAddress"]>().toEqualTypeOf<string>();
  expectTypeOf<RolloutSpec["nodes"][number]["role"]>().toEqualTypeOf<
    | "certificate-authority"
    | "orderer"
    | "peer"
    | "zookeeper"
    | "kafka"
    | "prometheus"
    | "alertmanager"
    | "grafana"
    | "validator"
    | "bootnode"
    | "rpc-node"
  >();
});
