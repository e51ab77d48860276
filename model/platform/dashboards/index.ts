/** All dashboards. Each expression is held against real scrapes, and run, in tests/alerts/dashboards.test.ts. */
import { certificatesDashboard } from "./certificates";
import { chaincodeDashboard } from "./chaincode";
import { channelDashboard } from "./channel";
import type { Dashboard } from "./dashboard";
import { ethereumDashboard } from "./ethereum";
import { fleetDashboard } from "./fleet";
import { gatewayDashboard } from "./gateway";
import { jsonRpcDashboard } from "./jsonRpc";
import { networkDashboard } from "./network";
import { ordererDashboard } from "./orderer";
import { peerDashboard } from "./peer";
import { resourcesDashboard } from "./resources";

/** In the order in which they are listed. */
export const dashboards: readonly Dashboard[] = [
  ...[fleetDashboard, networkDashboard, channelDashboard, peerDashboard, ordererDashboard],
  ...[
    chaincodeDashboard,
    ethereumDashboard,
    jsonRpcDashboard,
    gatewayDashboard,
    resourcesDashboard,
    certificatesDashboard,
  ],
];
