/** Callers of a network's API server, from outside the cluster, with client certificates. */
import { certificateRequest } from "../../../services/common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../../services/common/keys";
import type { Life, TestCa } from "../../../services/common/testing/testCa";
import { ask } from "../../edge/clients";
import type { EdgeNetwork } from "./edgeNetwork";

/** A certificate and its key. */
export interface Pair {
  cert: string;
  key: string;
}

/** A client's certificate, as Fabric CA issues it. */
export async function clientPair(ca: TestCa, name: string, life?: Life): Promise<Pair> {
  const key = newPrivateKey();
  return { key, cert: await ca.sign(await certificateRequest(parsePrivateKey(key)!, name, []), "client", life) };
}

/** What the API server answers, at the name for certificates or another one. */
export async function callerAnswer(
  network: EdgeNetwork,
  path: string,
  { headers = {}, name = `mtls-${network.gateway.apiHost}`, ...pair }: Partial<Pair> & CallerOptions = {},
): Promise<[status: number, body: any]> {
  const { status, body } = await ask(network.address, {
    ...{ path, servername: name, ca: network.authority(network.gateway.organization.name).pem },
    ...pair,
    headers: { ...headers, host: name },
  });
  return [status, JSON.parse(body)];
}

interface CallerOptions {
  headers?: Record<string, string>;
  name?: string;
}
