/** For tests: a gate on real TLS, before an editor that says one word. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import type { StudioOidcSettings } from "../../../../model/contracts/studio";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { jsonLog } from "../../../common/log";
import type { TestCa } from "../../../common/testing/testCa";
import { Gate } from "../gate";
import { Life } from "../life";
import { Logins } from "../logins";
import { SignedRequests } from "../requests";
import { SignIn } from "../signIn";
import { client } from "./provider";

/** Name of the gate, the address that browsers know, and where providers send them back to. */
export const host = "studio-ada.example.com";
export const origin = `https://${host}:30443`;
export const redirectUrl = `${origin}/_studio/signed-in`;

/** The session's user, by her provider. */
export const user = "ann@example.com";

/** Arguments of {@link TestGate.start}. */
export interface TestGateArgs {
  ca: TestCa;
  /** What is other than usual; the issuer is not usual. Without it, nobody signs in but by links. */
  oidc?: Partial<StudioOidcSettings> & { issuer: string };
  clientSecret?: () => string | undefined;
  now?: () => number;
}

/** A key, and a certificate for these names. */
export async function serverPair(ca: TestCa, ...hosts: string[]): Promise<{ cert: string; key: string }> {
  const key = newPrivateKey();
  return { cert: await ca.issue(parsePrivateKey(key)!, hosts[0]!, hosts), key };
}

/** A gate, and what is behind it. */
export class TestGate {
  private constructor(
    private readonly gate: Gate,
    readonly life: Life,
    readonly logins: Logins,
  ) {}

  static async start({ ca, oidc, clientSecret = () => client.secret, now }: TestGateArgs): Promise<TestGate> {
    const log = jsonLog("error");
    const logins = new Logins();
    const session = {
      start: () => Promise.resolve(new Date()),
      stop: () => Promise.resolve(),
      state: () => Promise.resolve(undefined),
    };
    const ended = (): void => logins.clear();
    const life = new Life({ session, idleSeconds: 60, lifeSeconds: 600, began: () => undefined, ended, log });
    const usual = { clientId: client.id, scopes: ["openid", "email"], userClaim: "email", user, redirectUrl };
    const gate = new Gate({
      settings: { host },
      tls: await serverPair(ca, host),
      logins,
      requests: new SignedRequests({ host, admission: () => ({ signingRoot: ca.pem, developers: ["ada"] }) }),
      signIn: oidc && new SignIn({ settings: { ...usual, ...oidc }, clientSecret, ...(now && { now }) }),
      life,
      editor: {
        pass: (_, response) => void response.writeHead(200).end("the editor"),
        upgrade: () => Promise.resolve(),
        isThere: () => Promise.resolve(true),
      },
      calls: { areTaken: false },
      log,
    });
    await once(gate.server.listen(0, "127.0.0.1"), "listening");
    return new TestGate(gate, life, logins);
  }

  get port(): number {
    return (this.gate.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.gate.server.close();
    this.gate.server.closeAllConnections();
  }
}
