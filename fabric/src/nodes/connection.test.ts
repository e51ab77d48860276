import { peer } from "@hyperledger/fabric-protos";

import { itIsFoundAgain } from "../testing/foundAgain";
import { Connection, unused } from "./connection";

itIsFoundAgain("node", ({ address, tlsRootCertificates }) => {
  const endpoint = { name: "peer0", organization: "org1", address, tlsRootCertificates, timeoutMs: 10_000 };
  const connection = new Connection(endpoint);
  const client = new peer.EndorserClient(address, unused, connection.clientOptions);
  const call = () =>
    new Promise<void>((resolve, reject) => {
      client.processProposal(new peer.SignedProposal(), connection.callOptions(), (error) =>
        error ? reject(error as Error) : resolve(),
      );
    });
  return { call, close: () => connection.close() };
});
