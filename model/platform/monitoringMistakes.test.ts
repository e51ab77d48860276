import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { checkStack } from "../project/stacks";
import { linesOf, TestProject } from "../testing";

let project: TestProject;
beforeAll(() => {
  project = new TestProject();
  project.environment("local");
  project.network("trade");
  project.write("stacks/Pulumi.coins.yaml", "config: { baas:ethereum: { environment: local, chainId: 20777 } }\n");
});
afterAll(() => project.remove());

const check = (monitoring: object) =>
  checkStack(project.dir, {
    project: "baas",
    stack: "platform-local",
    platform: { environment: "local", monitoring },
  });

/** The mistakes, with places relative to `monitoring`. */
const mistakes = (monitoring: object): string[] =>
  linesOf(() => check(monitoring)).map((line) => line.replace(/^stacks\S+ baas:platform\.monitoring\./, ""));

const hook = { name: "hook", webhook: { url: "https://example.com/hook" } };
const all = { name: "all", receiver: "hook" };
const good = { receivers: [hook], teams: [all] };

/** With a receiver of this kind. */
const told = (by: object): object => ({ ...good, receivers: [{ name: "hook", ...by }] });

describe("networks of Ethereum", () => {
  it("have teams, too", () => {
    expect(mistakes({ ...good, teams: [all, { name: "coins", networks: ["coins"], receiver: "hook" }] })).toEqual([]);
  });

  it("count for the volume", () => {
    expect(mistakes({ ...good, retention: "90d" })).toEqual([
      "retention: is 90d, and the metrics of 2 networks for that time do not fit in a volume of 20Gi: write storage: 31Gi, or retention: 58d",
    ]);
  });

  it("have no service levels", () => {
    expect(mistakes({ ...good, serviceLevels: { networks: [{ name: "coins" }, { name: "loans" }] } })).toEqual([
      'serviceLevels.networks[0].name: "coins" is a network of Ethereum, which has no peers whose calls are counted: leave it out',
      'serviceLevels.networks[1].name: "loans" is no network of environment "local". Networks: trade.',
    ]);
  });
});

describe("what Alertmanager or Prometheus would not start with", () => {
  it("is refused: the name of the receiver that is always there", () => {
    expect(mistakes({ receivers: [{ ...hook, name: "nobody" }], teams: [{ ...all, receiver: "nobody" }] })).toEqual([
      'receivers[0].name: "nobody" is the name of the receiver that tells nobody, which is always there: choose another name',
    ]);
  });

  it.each<[string, boolean]>([
    ...["UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Calcutta", "Europe/Kyiv", "America/Port-au-Prince"].map(
      (zone): [string, boolean] => [zone, true],
    ),
    ...["Asia/Ho_Chi_Minh", "US/Eastern", "Etc/GMT+8", "CET"].map((zone): [string, boolean] => [zone, true]),
    ...["asia/shanghai", "Asia/KOLKATA", "utc", "+08:00", "PST", "ACT", "SystemV/PST8", "Local", ""].map(
      (zone): [string, boolean] => [zone, false],
    ),
  ])("is refused: a time zone that it does not know in these letters: %j, %s", (timeZone, isKnown) => {
    const teams = [{ ...all, quietHours: [{ from: "22:00", to: "07:00", timeZone }] }];
    const message = `teams[0].quietHours[0].timeZone: "${timeZone}" is not allowed: a time zone such as Asia/Shanghai is expected, in just these letters`;
    expect(mistakes({ ...good, teams })).toEqual(isKnown ? [] : [message]);
  });

  const braces = "is not allowed: an address has no spaces and no braces: write %20, %7B and %7D";
  it.each<[string, object, string]>([
    [
      "runbooks with a template",
      { ...good, runbooks: "https://example.com/{{ .x }}" },
      `runbooks: "https://example.com/{{ .x }}" ${braces}`,
    ],
    [
      "runbooks with a query, behind which no name can be",
      { ...good, runbooks: "https://example.com/books?ref=main" },
      'runbooks: "https://example.com/books?ref=main" is not allowed: names of files are added to its end, so it has no ? and no #',
    ],
    [
      "an address with spaces",
      told({ webhook: { url: " https://example.com/a b" } }),
      `receivers[0].webhook.url: " https://example.com/a b" ${braces}`,
    ],
    [
      "a channel with a template, or of two lines",
      told({ slack: { channel: "#{{ .x", secretName: "slack" } }),
      'receivers[0].slack.channel: "#{{ .x" is not allowed: one line is expected, without {{',
    ],
  ])("is refused: %s", (_, monitoring, expected) => expect(mistakes(monitoring)).toEqual([expected]));
});

describe("receivers that could never be told", () => {
  it.each<[string, object, string]>([
    [
      "an address with a password",
      told({ webhook: { url: "https://me:secret@example.com/" } }),
      'receivers[0].webhook.url: "https://me:secret@example.com/" is not allowed: it has a user, and a ConfigMap would show the password to many: put the address into a Secret, under the key url, and name that by secretName',
    ],
    [
      "an address of the pod itself",
      told({ webhook: { url: "http://127.0.0.1:9000/" } }),
      'receivers[0].webhook.url: "http://127.0.0.1:9000/" is not allowed: an address that pods of the cluster reach is expected: this one is each pod\'s own',
    ],
    [
      "a user without a password",
      told({ email: { to: "a@example.com", from: "b@example.com", server: "mail.example.com:587", username: "u" } }),
      'receivers[0].email: {"to":"a@example.com","from":"b@example.com","server":"ma... is not allowed: has one of username and secretName: the server asks for a user and a password, or for neither',
    ],
  ])("are refused: %s", (_, monitoring, expected) => expect(mistakes(monitoring)).toEqual([expected]));
});

describe("times", () => {
  it.each<[string, object, string]>([
    [
      "an interval that Prometheus could not keep",
      { ...good, interval: "100ms", storage: "90Ti" },
      'interval: "100ms" is not allowed: metrics are read once a second at most: write 1s or more',
    ],
    [
      "an interval with a fraction",
      { ...good, interval: "29999ms" },
      "groupWait: is 30s, and metrics are read and rules evaluated every 29999ms: alerts of one cause would not be there yet. Write 60s or more",
    ],
    [
      "a volume without room for anything",
      { ...good, storage: "1Mi" },
      "retention: is 15d, and the metrics of 2 networks for that time do not fit in a volume of 1Mi: write storage: 5250Mi",
    ],
    [
      "a volume whose number would have too many digits",
      { ...good, storage: "999999Mi", retention: "9999w" },
      "retention: is 9999w, and the metrics of 2 networks for that time do not fit in a volume of 999999Mi: write storage: 23924Gi, or retention: 2857d",
    ],
  ])("refuse %s", (_, monitoring, expected) => expect(mistakes(monitoring)).toEqual([expected]));

  it("warn of waits by which people hear of everything late", () => {
    expect(check({ ...good, groupWait: "601s", groupInterval: "90m" }).warnings).toEqual([
      {
        path: "baas:platform.monitoring.groupWait",
        message: "is 601s: people hear of every alert so much later. Write 10m or less",
      },
      {
        path: "baas:platform.monitoring.groupInterval",
        message:
          "is 90m: people hear of what comes to a group that they have heard of so much later. Write 60m or less",
      },
    ]);
    expect(check({ ...good, groupWait: "10m", groupInterval: "60m" }).warnings).toEqual([]);
  });

  it.each<[string, object[], boolean]>([
    ["that end when they begin, every day", [{ from: "22:00", to: "22:00" }], true],
    [
      "day and night",
      [
        { from: "22:00", to: "07:00" },
        { from: "07:00", to: "22:00" },
      ],
      true,
    ],
    ["of a weekend", [{ days: ["saturday", "sunday"], from: "00:00", to: "00:00" }], false],
    ["all but a minute", [{ from: "22:00", to: "21:59" }], false],
  ])("warn of quiet hours %s, if they never end", (_, quietHours, isWarned) => {
    const message =
      'last all week: "all" is told of critical alerts only. Hours that end when they begin last a day: write another end';
    expect(check({ ...good, teams: [{ ...all, quietHours }] }).warnings).toEqual(
      isWarned ? [{ path: "baas:platform.monitoring.teams[0].quietHours", message }] : [],
    );
  });
});
