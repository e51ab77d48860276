/** Chaincode packages on a peer. */
import { peer } from "@hyperledger/fabric-protos";

import { type ChaincodePackage } from "../chaincodePackage";
import { FabricError, isFabricError } from "../errors";
import type { Peer } from "../nodes/peer";

const { lifecycle } = peer;

/** A package that a peer has. */
export interface InstalledChaincode {
  packageId: string;
  label: string;
  /** Chaincode definitions that use it, by channel. */
  references: Record<string, { name: string; version: string }[]>;
}

/** Packages that a peer has, sorted by ID. */
export async function queryInstalled(node: Peer): Promise<InstalledChaincode[]> {
  const args = new lifecycle.QueryInstalledChaincodesArgs().serializeBinary();
  const invocation = { channel: "", chaincode: "_lifecycle", args: ["QueryInstalledChaincodes", args] };
  const result = lifecycle.QueryInstalledChaincodesResult.deserializeBinary(
    await node.query(invocation, "listing the installed chaincode"),
  );
  return result
    .getInstalledChaincodesList()
    .map((installed) => {
      const references: InstalledChaincode["references"] = {};
      installed.getReferencesMap().forEach((found, channel) => {
        references[channel] = found
          .getChaincodesList()
          .map((chaincode) => ({ name: chaincode.getName(), version: chaincode.getVersion() }));
      });
      return { packageId: installed.getPackageId(), label: installed.getLabel(), references };
    })
    .sort((a, b) => (a.packageId < b.packageId ? -1 : 1));
}

/**
 * Installs a package on a peer; does nothing if the peer has it.
 *
 * @returns whether it was not there before
 * @throws FabricError `REJECTED` if the peer's builder fails: for a package of chaincode as a service when its
 *   templates name values that the peer's `CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG` lacks
 */
export async function install(node: Peer, chaincode: ChaincodePackage): Promise<boolean> {
  const step = `installing chaincode ${chaincode.label}`;
  const installed = await queryInstalled(node);
  if (installed.some(({ packageId }) => packageId === chaincode.id)) return false;
  const args = new lifecycle.InstallChaincodeArgs();
  args.setChaincodeInstallPackage(chaincode.bytes);
  try {
    const invocation = { channel: "", chaincode: "_lifecycle", args: ["InstallChaincode", args.serializeBinary()] };
    const result = lifecycle.InstallChaincodeResult.deserializeBinary(await node.query(invocation, step));
    if (result.getPackageId() === chaincode.id) return true;
    throw new FabricError({
      ...node.where(step),
      code: "PROTOCOL",
      reason: `the peer computed package ID ${result.getPackageId()}, not ${chaincode.id}`,
    });
  } catch (error) {
    if (isFabricError(error, "ALREADY_EXISTS")) return false;
    throw error;
  }
}
