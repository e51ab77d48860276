import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { checkStack } from "../project/stacks";
import { linesOf, TestProject } from "../testing";

let project: TestProject;
beforeAll(() => {
  project = new TestProject();
  project.environment("local");
  project.environment("prod", { purpose: "production" });
  project.environment("open", { context: "open", gateway: { ports: { from: 30443, to: 30499 } } });
  for (const name of ["dev", "trade"]) project.network(name);
});
afterAll(() => project.remove());

const check = (monitoring: object, more: object = {}, environment = "local") =>
  checkStack(project.dir, {
    project: "baas",
    stack: `platform-${environment}`,
    platform: { environment, monitoring, ...more },
  });

/** The mistakes, with places relative to the platform. */
const mistakes = (monitoring: object, more: object = {}, environment = "local"): string[] =>
  linesOf(() => check(monitoring, more, environment)).map((line) => line.replace(/^stacks\S+ baas:platform\./, ""));

const operators = { name: "operators", webhook: { url: "https://example.com/hook" } };
const everything = { name: "everything", receiver: "operators" };
const good = { receivers: [operators], teams: [everything] };

const oidc = {
  authorizationUrl: "https://login.example.com/authorize",
  tokenUrl: "https://login.example.com/token",
  userInfoUrl: "https://login.example.com/userinfo",
  ...{ clientId: "grafana", secretName: "grafana-oidc" },
};

describe("monitoring", () => {
  it("needs nothing, and then says that nobody is told", () => {
    expect(check({}).warnings).toEqual([
      {
        path: "baas:platform.monitoring.teams",
        message: "is empty: nobody is told of alerts. Name a receiver, and a team that has it",
      },
    ]);
    expect(check(good).warnings).toEqual([]);
  });

  it("warns where metrics are kept for less than service levels look back", () => {
    expect(check({ ...good, retention: "48h" }).warnings).toEqual([
      {
        path: "baas:platform.monitoring.retention",
        message:
          "is 48h, and service levels look back 3 days: what wears them down slowly is told late. Write 3d or more",
      },
    ]);
  });

  it("warns of receivers that are never told, and of networks that no team has", () => {
    const teams = [{ name: "payments", networks: ["trade"], receiver: "operators" }];
    expect(check({ receivers: [operators, { ...operators, name: "idle" }], teams }).warnings).toEqual([
      {
        path: "baas:platform.monitoring.receivers[1].name",
        message: '"idle" is never told: name it in a team, or leave it out',
      },
      {
        path: "baas:platform.monitoring.teams",
        message: "has no team for the platform's own alerts and for new networks: give one team no networks",
      },
    ]);
  });

  it.each<[string, object, string[]]>([
    [
      "a receiver that tells nobody",
      { receivers: [{ name: "operators" }] },
      [
        'monitoring.receivers[0]: {"name":"operators"} is not allowed: tells nobody: it needs one of webhook, email, slack, wechat, pagerduty, msteams',
      ],
    ],
    [
      "a receiver without its Secret",
      { receivers: [{ name: "operators", webhook: {} }] },
      ["monitoring.receivers[0].webhook: {} is not allowed: needs its url, or the secretName of a Secret that has it"],
    ],
    [
      "receivers of other kinds without their Secrets",
      {
        receivers: [
          { name: "chat", slack: { channel: "#alerts" } },
          { name: "pager", pagerduty: {} },
          { name: "office", msteams: {} },
          { name: "work", wechat: { corporation: "c", agent: "1", user: "@all" } },
        ],
      },
      [
        "monitoring.receivers[0].slack.secretName: is missing (string)",
        "monitoring.receivers[1].pagerduty.secretName: is missing (string)",
        "monitoring.receivers[2].msteams.secretName: is missing (string)",
        "monitoring.receivers[3].wechat.secretName: is missing (string)",
      ],
    ],
    [
      "a receiver that is not there",
      { ...good, teams: [{ ...everything, receiver: "operator", critical: "pager" }], heartbeat: "pulse" },
      [
        'monitoring.teams[0].receiver: "operator" is no receiver. Receivers: operators.',
        'monitoring.teams[0].critical: "pager" is no receiver.',
        'monitoring.heartbeat: "pulse" is no receiver.',
      ],
    ],
    [
      "a team that no network has",
      { ...good, teams: [{ ...everything, networks: ["payments"] }] },
      ['monitoring.teams[0].networks[0]: "payments" is no network of environment "local". Networks: dev, trade.'],
    ],
    [
      "two teams of one network, two of all others, and two of one name",
      {
        receivers: [operators, operators],
        teams: [everything, everything, { ...everything, networks: ["dev"] }, { ...everything, networks: ["dev"] }],
      },
      [
        'monitoring.receivers[1].name: "operators" is there already: choose another name',
        'monitoring.teams[1].name: "everything" is there already: choose another name',
        'monitoring.teams[2].name: "everything" is there already: choose another name',
        'monitoring.teams[3].name: "everything" is there already: choose another name',
        'monitoring.teams[1].networks: is missing, and team "everything" has all networks that no other team has: name those of "everything"',
        'monitoring.teams[3].networks[0]: "dev" has team "everything": leave it out',
      ],
    ],
    [
      "intervals by which one cause would be told more than once",
      { ...good, interval: "30s", groupWait: "40s", groupInterval: "30s", repeatInterval: "20s", alertmanagers: 3 },
      [
        "monitoring.interval: is 30s: alerts on nodes would end after that on their network, and be told. Write less than 30s",
        "monitoring.groupWait: is 40s, and metrics are read and rules evaluated every 30s: alerts of one cause would not be there yet. Write 60s or more",
        "monitoring.groupInterval: is 30s, and the last of 3 Alertmanagers waits 30s for the others: each would notify. Write more than 30s",
        "monitoring.repeatInterval: is 20s, less than groupInterval, which is 30s: write that or more",
      ],
    ],
    [
      "a retention beyond the volume",
      { ...good, retention: "90d" },
      [
        "monitoring.retention: is 90d, and the metrics of 2 networks for that time do not fit in a volume of 20Gi: write storage: 31Gi, or retention: 58d",
      ],
    ],
    [
      "targets of networks that are not there, and two of one",
      { ...good, serviceLevels: { networks: [{ name: "trade" }, { name: "loans", submit: 99 }, { name: "trade" }] } },
      [
        'monitoring.serviceLevels.networks[2].name: "trade" is there already: choose another name',
        'monitoring.serviceLevels.networks[1].name: "loans" is no network of environment "local". Networks: dev, trade.',
      ],
    ],
    [
      "targets that nothing could miss, or that nothing could keep, and a time that no histogram tells",
      { ...good, serviceLevels: { submit: 90, evaluate: 100, commitWithin: "3s" } },
      [
        "monitoring.serviceLevels.submit: 90 is not allowed: at least 95",
        "monitoring.serviceLevels.evaluate: 100 is not allowed: at most 99.99",
        'monitoring.serviceLevels.commitWithin: "3s" is not allowed. Did you mean 1s? Allowed: 500ms, 1s, 2.5s, 5s, 10s',
      ],
    ],
    [
      "a team of no network at all, whose alerts would match nothing",
      { ...good, teams: [everything, { ...everything, name: "nobody", networks: [] }] },
      [
        "monitoring.teams[1].networks: [] is not allowed: a team has at least one network; without the field, it has all that no other team has",
      ],
    ],
    [
      "quiet hours that are none",
      {
        ...good,
        teams: [{ ...everything, quietHours: [{ days: ["sonntag"], from: "7pm", to: "07:00", timeZone: "Mars" }] }],
      },
      [
        'monitoring.teams[0].quietHours[0].days[0]: "sonntag" is not allowed. Allowed: monday, tuesday, wednesday, thursday, friday, saturday, sunday',
        'monitoring.teams[0].quietHours[0].from: "7pm" is not allowed: a time of day is two digits, a colon and two digits, in quotes: "22:00"',
        'monitoring.teams[0].quietHours[0].timeZone: "Mars" is not allowed: a time zone such as Asia/Shanghai is expected, in just these letters',
      ],
    ],
  ])("refuses %s", (_, monitoring, expected) => {
    expect(mistakes(monitoring)).toEqual(expected);
  });

  it.each<[string, object, object, string[]]>([
    [
      "a gateway that leads to nothing",
      good,
      { gateway: { port: 30443, host: "monitoring.example.com" } },
      ['gateway: leads to nothing: write "grafana: {}" in monitoring, or leave it out'],
    ],
    [
      "a port outside the range of the environment",
      { ...good, grafana: {} },
      { gateway: { port: 30001, host: "monitoring.example.com" } },
      ['gateway.port: 30001 is not one of the ports 30443 to 30499 of environment "open": the next free one is 30443'],
    ],
    [
      "a name that is none",
      { ...good, grafana: {} },
      { gateway: { port: 30443, host: "https://monitoring" } },
      [
        'gateway.host: "https://monitoring" is not allowed: a server\'s name is lower-case labels of at most 63 characters with dots between them; the last label is no number',
      ],
    ],
    [
      "an identity provider that cannot send browsers back",
      { ...good, grafana: { oidc } },
      {},
      [
        "monitoring.grafana.oidc: needs an address that the provider sends browsers back to: give the platform a gateway, with port and host",
      ],
    ],
    [
      "an identity provider without the Secret of its client",
      { ...good, grafana: { oidc: { ...oidc, secretName: undefined } } },
      {},
      ["monitoring.grafana.oidc.secretName: is missing (string)"],
    ],
    [
      "an identity provider without TLS, and a group that would end the expression for roles",
      {
        ...good,
        grafana: { oidc: { ...oidc, tokenUrl: "http://login.example.com/token", adminGroup: "' || 'Admin" } },
      },
      {},
      [
        'monitoring.grafana.oidc.tokenUrl: "http://login.example.com/token" is not allowed: an address such as https://login.example.com/authorize is expected',
        "monitoring.grafana.oidc.adminGroup: \"' || 'Admin\" is not allowed: a group's name has no quotes, commas, backslashes and control characters",
      ],
    ],
  ])("refuses for Grafana %s", (_, monitoring, more, expected) => {
    expect(mistakes(monitoring, more, "open")).toEqual(expected);
  });

  it("refuses a gateway where the environment has none, and a port that is a network's", () => {
    const gateway = { port: 30450, host: "monitoring.example.com" };
    expect(mistakes({ ...good, grafana: {} }, { gateway })).toEqual([
      'gateway: environment "local" exposes no gateways: give stacks/environments/local.yaml a "gateway" with the ports of its networks',
    ]);
    project.network("exposed", { environment: "open", gateway: { port: 30450 } });
    expect(mistakes({ ...good, grafana: {} }, { gateway }, "open")).toEqual([
      'gateway.port: 30450 is the gateway\'s port of stacks/Pulumi.exposed.yaml too: two stacks of environment "open" cannot share it; the next free one is 30443',
    ]);
  });

  it("needs no namespace of somebody else's for its own", () => {
    expect(mistakes(good, { monitoringNamespace: "baas-platform" })).toEqual([
      "monitoringNamespace: is the platform's own namespace, whose Prometheus reads metrics by itself: leave it out",
    ]);
  });

  it("has two Alertmanagers in production", () => {
    expect(linesOf(() => check({ ...good, alertmanagers: 1 }, {}, "prod"))).toEqual([
      'stacks/Pulumi.platform-prod.yaml baas:platform.monitoring.alertmanagers: is 1, and environment "prod" is for production: nobody is told while it restarts. Write alertmanagers: 2',
    ]);
  });

  describe("by the Prometheus operator", () => {
    const operator = { labels: { release: "kube-prometheus-stack" } };
    const reader = { monitoringNamespace: "monitoring" };

    it("needs the namespace of its Prometheus", () => {
      expect(check({ ...good, operator }, reader).warnings).toEqual([]);
      expect(mistakes({ ...good, operator })).toEqual([
        "monitoring.operator: needs monitoringNamespace beside monitoring: the namespace of your Prometheus, which nodes let in",
      ]);
    });

    it("warns of intervals, which its objects may set otherwise, and forgets what is kept", () => {
      const { warnings } = check({ ...good, operator, interval: "30s", groupWait: "70s" }, reader);
      expect(warnings).toEqual([
        {
          path: "baas:platform.monitoring.interval",
          message: "is 30s: alerts on nodes would end after that on their network, and be told. Write less than 30s",
        },
      ]);
    });

    it("refuses what is for servers of the platform, and a time zone that its objects cannot have", () => {
      const own =
        "is for servers of the platform, and with operator there are none: leave it out, and set it where yours are";
      const teams = [{ ...everything, quietHours: [{ from: "22:00", to: "07:00", timeZone: "Asia/Shanghai" }] }];
      const settings = {
        retention: "90d",
        storage: "40Gi",
        alertmanagerStorage: "2Gi",
        alertmanagers: 3,
        grafana: {},
        kubeStateMetrics: true,
        nodeExporter: true,
      };
      expect(mistakes({ ...good, teams, operator, ...settings }, reader)).toEqual([
        ...Object.keys(settings).map((field) => `monitoring.${field}: ${own}`),
        "monitoring.teams[0].quietHours[0].timeZone: is Asia/Shanghai, and objects for the Prometheus operator know UTC only: write the hours in UTC, and leave it out",
      ]);
    });

    it("takes no label that objects are found by", () => {
      expect(mistakes({ ...good, operator: { labels: { "baas.io/network": "dev" } } }, reader)).toEqual([
        'monitoring.operator.labels.baas.io/network: "dev" is not allowed: is a label of baas itself, which selectors find objects by: choose another key',
      ]);
    });
  });
});
