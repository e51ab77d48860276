import { describe, expect, it, onTestFinished, vi } from "vitest";

import { goneSinceAnnotation, renewRequestedAnnotation } from "../../../../model/contracts/annotations";
import { lifeOf, parseCertificate } from "../../../common/certificates";
import { caNames } from "../../../common/fabricCa/caClient";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { collections } from "../resources";
import { OrganizationDouble } from "../testing/organizationDouble";
import { PodsDouble } from "./testing/podsDouble";

const dev = "dev";
const second = 1000;
const day = 24 * 60 * 60 * second;
const month = 30 * day;

const until = (check: () => unknown) => vi.waitFor(check, { timeout: 60_000, interval: 20 });
const pathOf = (collection: keyof typeof collections, name: string) => `${collections[collection](dev)}/${name}`;

/** What a test looks at of an organization. */
class Organization {
  protected constructor(readonly double: OrganizationDouble) {}

  static async start(finished: typeof onTestFinished): Promise<Organization> {
    const double = await OrganizationDouble.start("first");
    finished(() => double.stop());
    double.declareAuthority();
    return new Organization(double);
  }

  object(collection: keyof typeof collections, name: string) {
    return this.double.kubernetes.objects.get(pathOf(collection, name));
  }

  value(secret: string, key: string): string {
    return Buffer.from(this.object("secrets", secret)?.data[key] ?? "", "base64").toString();
  }

  /** The secrets by which the two CAs know a name. */
  known(enrolmentId: string): (string | undefined)[] {
    const { ca, tlsca } = this.double.server.registered;
    return [ca, tlsca].map((names) => names.get(enrolmentId)?.secret);
  }

  /** Checks that both CAs let in who has the Secret of an Identity. */
  letsIn(identity: string, enrolmentId: string): void {
    const secret = this.value(`${identity}-enrolment`, "enrolmentSecret");
    expect(secret).not.toBe("");
    expect(this.known(enrolmentId)).toEqual([secret, secret]);
  }

  /** Checks the condition Ready of an object, such as `True Registered`. */
  shows(collection: keyof typeof collections, name: string, wanted: string): void {
    const [condition] = this.object(collection, name)?.status?.conditions ?? [];
    expect(`${condition?.status} ${condition?.reason} (${condition?.message})`).toContain(wanted);
  }
}

/**
 * Has something done once by a controller that lives, and then once for each of its steps by one that is killed right after it: right
 * before the next.
 *
 * @param once - has it done by a controller that is killed after a step
 * @returns the steps, each without its count
 */
async function killAfterEach(double: OrganizationDouble, once: (step?: string) => Promise<void>): Promise<string[]> {
  await once();
  const steps = [...double.steps];
  const passed: string[] = [];
  for (const step of steps) {
    await once(step);
    // How often a status is written depends on what the controller sees by then.
    if (double.killed) passed.push(step.replace(/ #\d+$/, ""));
  }
  return passed;
}

describe.concurrent("certificates of a minute", () => {
  const life = 60 * second;
  const peers = ["peer0-org1", "peer1-org1"];
  const server = "asset-1-0-org1";
  const all = [...peers, server].sort();

  async function start(finished: typeof onTestFinished) {
    const organization = await Organization.start(finished);
    const { double } = organization;
    const pods = new PodsDouble(double, life);
    finished(() => pods.stop());
    for (const id of ["peer0", "peer1"]) pods.declarePeer(id);
    pods.declareServer(server);
    pods.declareRollout();
    pods.start();
    // Peers that have just become ready by the machine's clock would be given time.
    double.startController(life);
    await until(() => expect([...pods.held.keys()].sort()).toEqual(all));
    const isRolledOut = () => organization.shows("rollouts", "nodes", "True RolledOut");
    await until(isRolledOut);

    /** Each certificate that nodes and servers hold. */
    const held = () =>
      [...pods.held].flatMap(([name, certificates]) =>
        caNames.flatMap((ca) => {
          const certificate = parseCertificate(certificates[ca]);
          return certificate ? [{ name, ca, ...lifeOf(certificate) }] : [];
        }),
      );

    /** Checks that the metrics say of each certificate when it expires. */
    async function isReadBack(): Promise<void> {
      const text = await double.metrics.registry.metrics();
      const lines = text.matchAll(/expiration.*\{.*ca="(.*?)",kind="identity",identity="(.*?)"\} (\d+)/g);
      const wanted = held().map(({ name, ca, until }) => `${ca} ${name.replace(/^(peer\d)-.*/, "$1")} ${until / 1000}`);
      const shown = [...lines].map(([, ca, identity, expires]) => `${ca} ${identity} ${expires}`);
      expect(shown).toEqual(expect.arrayContaining(wanted));
    }

    /** Has all renewed once, by a controller that is killed after a step. */
    const renew = async (step: string | undefined, begin: () => void, pass: number): Promise<void> => {
      await double.stopController();
      pods.forget();
      double.killAfter(step);
      begin();
      const before = double.now();
      double.startController(pass);
      await until(() => expect(Math.min(...held().map(({ from }) => from))).toBeGreaterThan(before));
      await until(isRolledOut);
      await until(isReadBack);
      expect([step, [...pods.made].sort(), pods.mostAway]).toEqual([step, all, 1]);
    };
    return { organization, renew };
  }

  it("are renewed by a controller that is killed after any of its steps: each node once, and one after another", async ({
    onTestFinished: finished,
  }) => {
    const { organization, renew } = await start(finished);
    const { kubernetes } = organization.double;
    const asked = ["peer1-org1", server];
    const ask = () => {
      const annotations = { [renewRequestedAnnotation]: new Date(organization.double.now()).toISOString() };
      for (const name of asked) {
        const identity = organization.object("identities", name)!;
        kubernetes.apply(collections.identities(dev), { ...identity, metadata: { ...identity.metadata, annotations } });
      }
    };
    // The clock tells of peer0, and somebody asks for the others.
    const steps = await killAfterEach(organization.double, (step) => renew(step, ask, 0.75 * life));
    const needed = [
      ...asked.map((name) => `PATCH ${pathOf("secrets", `${name}-enrolment`)}`),
      ...peers.map((name) => `DELETE ${pathOf("pods", `${name}-0`)}`),
      `PATCH ${pathOf("deployments", server)}`,
      `PATCH ${pathOf("rollouts", "nodes/status")}`,
    ];
    expect(steps).toEqual(expect.arrayContaining(needed));
  }, 600_000);
});

describe.concurrent("passwords that are old", () => {
  const passwords = ["password", "nextPassword", "previousPassword"];

  it("are replaced by a controller that is killed after any of its steps, and the registrar is never locked out", async ({
    onTestFinished: finished,
  }) => {
    const organization = await Organization.start(finished);
    const { double } = organization;
    double.declareIdentity("peer0-org1", "peer0", "peer");
    double.startController();
    const isReady = () => {
      organization.shows("identities", "peer0-org1", "True Registered");
      organization.letsIn("peer0-org1", "peer0");
    };
    await until(isReady);
    const registrar = (key: string) => organization.value("ca-org1-registrar", key);
    const secret = () => organization.value("peer0-org1-enrolment", "enrolmentSecret");
    const steps = await killAfterEach(double, async (step) => {
      await double.stopController();
      const [password, before] = [registrar("password"), secret()];
      const locked: unknown[] = [];
      double.killAfter(step, () => {
        const fitting = new Set(passwords.map(registrar));
        locked.push(...organization.known("registrar").filter((known) => !fitting.has(known ?? "")));
      });
      double.startController(6 * month);
      await until(() => {
        isReady();
        expect(registrar("password")).not.toBe(password);
        expect(secret()).not.toBe(before);
      });
      expect(organization.known("registrar")).toEqual([registrar("password"), registrar("password")]);
      expect([registrar("previousPassword"), registrar("nextPassword")]).toEqual([password, ""]);
      expect([step, locked]).toEqual([step, []]);
    });
    const atBoth = ["registrar", "peer0"].flatMap((id) => caNames.map((ca) => `${ca} PUT /identities/${id}`));
    const written = ["ca-org1-registrar", "peer0-org1-enrolment"].map((name) => `PATCH ${pathOf("secrets", name)}`);
    expect(steps).toEqual(expect.arrayContaining([...atBoth, ...written]));
  }, 600_000);
});

describe.concurrent("an identity that is gone", () => {
  async function start(finished: typeof onTestFinished) {
    const organization = await Organization.start(finished);
    const { double } = organization;
    double.declareIdentity("admin-org1", "admin", "admin");
    double.startController();
    await until(() => organization.letsIn("admin-org1", "admin"));
    const secretOf = (name: string) => organization.object("secrets", `${name}-enrolment`);
    const goneSince = (name: string): string | undefined => secretOf(name)?.metadata.annotations[goneSinceAnnotation];

    /**
     * An identity that has enrolled, and is then gone for more than a day. The controller is killed after a step since.
     *
     * @returns its certificate
     */
    const lose = async (name: string, step: string | undefined, meanwhile?: () => void): Promise<string> => {
      double.declareIdentity(name, name);
      await until(() => organization.shows("identities", name, "True Registered"));
      const from = (double.now() - Date.now()) / day;
      const key = parsePrivateKey(newPrivateKey())!;
      const certificate = await double.server.tlsca.issue(key, name, [], { from, until: from + 365 });
      double.server.issued.tlsca.push(certificate);
      double.killAfter(step, meanwhile);
      double.kubernetes.remove(pathOf("identities", name));
      // Whoever comes back meanwhile has none any more.
      await until(() => expect(goneSince(name) ?? (double.killed || undefined)).toBeDefined());
      await double.restartController(1.1 * day);
      await until(() => expect(double.killed ? undefined : secretOf(name)).toBeUndefined());
      return certificate;
    };
    return { organization, double, secretOf, goneSince, lose };
  }

  const neededSteps = (name: string) => [
    `PATCH ${pathOf("secrets", `${name}-enrolment`)}`,
    ...caNames.map((ca) => `${ca} DELETE /identities/${name}`),
    `DELETE ${pathOf("secrets", `${name}-enrolment`)}`,
  ];

  it("is removed from CAs and Secrets by a controller that is killed after any of its steps", async ({
    onTestFinished: finished,
  }) => {
    const { organization, double, secretOf, lose } = await start(finished);
    const name = "asset-1-0-org1";
    const steps = await killAfterEach(double, async (step) => {
      await lose(name, step);
      await until(() => expect(secretOf(name)).toBeUndefined());
      expect(organization.known(name)).toEqual([undefined, undefined]);
      organization.letsIn("admin-org1", "admin");
    });
    expect(steps).toEqual(expect.arrayContaining(neededSteps(name)));
  }, 600_000);

  it("and comes back while the controller is killed after any of its steps enrols again, and renews what was revoked", async ({
    onTestFinished: finished,
  }) => {
    const { organization, double, goneSince, lose } = await start(finished);
    let revocations = 0;
    const name = "asset-1-0-org1";
    const steps = await killAfterEach(double, async (step) => {
      const certificate = await lose(name, step, () => double.declareIdentity(name, name));
      if (!double.killed) return;
      await until(() => {
        organization.shows("identities", name, "True Registered");
        organization.letsIn(name, name);
        expect(goneSince(name)).toBeUndefined();
      });
      const isRevoked = !double.server.issued.tlsca.includes(certificate);
      if (!isRevoked) return;
      revocations++;
      const renewed = Date.parse(organization.value(`${name}-enrolment`, "renewIssuedBefore"));
      expect([step, renewed]).toEqual([
        step,
        expect.toSatisfy((time) => time > lifeOf(parseCertificate(certificate)!).from),
      ]);
    });
    expect(revocations).toBeGreaterThan(0);
    expect(steps).toEqual(expect.arrayContaining(neededSteps(name)));
  }, 600_000);
});
