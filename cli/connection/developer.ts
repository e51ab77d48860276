/** A developer of an organization on this machine: who she is, and where the network is reached. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { load } from "js-yaml";

import type { ClientPlan, OrganizationPlan } from "../../model/network/networkPlan";
import { UserError } from "../../model/userError";
import { debugClientFile } from "./clientConfiguration";
import type { NetworkWithGateway } from "./connectionProfile";
import { chooseClient, debuggers } from "./networkClient";

/** A client that has enrolled, and may debug. */
export interface Developer {
  client: ClientPlan;
  organization: OrganizationPlan;
  /** Address of the network's gateway. */
  address: string;
  port: number;
  /** Root (PEM) of the organization's TLS certificates. */
  tlsRoot: string;
  /** Certificate and key (PEM). */
  certificate: string;
  privateKey: string;
}

/**
 * Finds a developer.
 *
 * @param connection - folder that `baas connection` has written
 * @param organization - whose developer it is; default: of any
 * @param wanted - name of the client, such as `app-org1`; default: the only one that has enrolled
 * @throws {@link UserError} that says what is missing
 */
export function developerOf(
  network: NetworkWithGateway,
  connection: string,
  organization?: OrganizationPlan,
  wanted?: string,
): Developer {
  const all = debuggers(network);
  const candidates = all.candidates.filter((each) => organization === undefined || each.organization === organization);
  const chosen = chooseClient(network, connection, { ...all, candidates }, wanted);
  const file = join(connection, debugClientFile(chosen.client));
  const msp = join(dirname(file), "msp");
  const settings = load(readFileSync(file, "utf8")) as { gateway: string | string[]; tlsRoots: string };
  const [, address = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec([settings.gateway].flat()[0] ?? "") ?? [];
  return {
    ...chosen,
    address,
    port: Number(port),
    tlsRoot: readFileSync(join(dirname(file), settings.tlsRoots), "utf8"),
    certificate: onlyFile(join(msp, "signcerts")),
    privateKey: onlyFile(join(msp, "keystore")),
  };
}

/** The content of a folder's newest file: an enrolment leaves keys of earlier ones. */
function onlyFile(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  if (files.length !== 1)
    throw new UserError(`${folder} should have one file, and has ${files.length}: enrol the client again`);
  return readFileSync(join(folder, files[0]!), "utf8");
}
