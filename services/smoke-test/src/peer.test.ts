import { createPrivateKey, generateKeyPairSync } from "node:crypto";

import { credentials } from "@grpc/grpc-js";

import { itIsFoundAgain } from "../../../fabric/src/testing/foundAgain";
import { Peer } from "./peer";

itIsFoundAgain("peer", ({ address, tlsRootCertificates }) => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
  const root = credentials.createSsl(Buffer.from(tlsRootCertificates));
  const identity = { mspId: "Org1MSP", certificate: "", key };
  const peer = new Peer({ organization: "org1", name: "peer0", address }, root, identity);
  return { call: () => peer.query("main", "asset", "ReadAsset", ["a"]), close: () => peer.close() };
});
