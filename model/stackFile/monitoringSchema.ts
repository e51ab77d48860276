/** The schema of `monitoring` of a platform: how long metrics are kept, and who is told of alerts. */
import { z } from "zod";

import { durationSeconds } from "../duration";
import { dnsLabel, duration, storage, text } from "./fields";
import { grafanaSchema } from "./grafanaSchema";
import { hostAndPort } from "./kubernetesFields";
import { operatorSchema } from "./operatorSchema";
import { serviceLevelsSchema } from "./serviceLevelSchema";

const retention = text(
  /^[1-9][0-9]{0,3}(h|d|w)$/,
  "a retention is a whole number of at most 4 digits with h, d or w, such as 15d",
  5,
);

const receiverName = dnsLabel("a receiver's name", 40);
const teamName = dnsLabel("a team's name", 40);
const networkName = dnsLabel("a network's name", 40);

const nameOfSecret = (keys: string) =>
  dnsLabel("a Secret's name", 63).describe(`Secret in the platform's namespace, which you make there: ${keys}.`);

/** Address of a web service. Alertmanager takes no other scheme, and Prometheus reads braces in it as a template. */
const webAddress = z
  .url({ protocol: /^https?$/, error: "an address such as https://chat.example.com/alerts is expected", abort: true })
  .max(2048, "at most 2048 characters")
  .refine((address) => !/[\s{}]/.test(address), {
    error: "an address has no spaces and no braces: write %20, %7B and %7D",
    abort: true,
  });

/** Address of what pods of the cluster call. */
const calledAddress = webAddress
  .refine((address) => !hasUser(address), {
    error:
      "it has a user, and a ConfigMap would show the password to many: put the address into a Secret, under the key url, and name that by secretName",
  })
  .refine((address) => !/^(localhost|127\.\d+\.\d+\.\d+|\[::1?\]|0\.0\.0\.0)$/.test(new URL(address).hostname), {
    error: "an address that pods of the cluster reach is expected: this one is each pod's own",
  });

/** Address of a folder, to which names of files are added. */
const folderAddress = webAddress.refine((address) => !/[?#]/.test(address), {
  error: "names of files are added to its end, so it has no ? and no #",
});

/** A text that Alertmanager would read as a template, if it had the signs of one. */
const plainText = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((value) => !/\p{Cc}|\{\{/u.test(value), { error: "one line is expected, without {{" });

const address = z.email({ error: "an address such as operators@example.com is expected" });

const webhook = z
  .strictObject({
    url: calledAddress.optional().describe("Where each notification is sent to. Default: the key `url` of the Secret."),
    secretName: nameOfSecret(
      "with `url`, its key `token` is sent as a bearer token; without, its key `url` is the address",
    ).optional(),
  })
  .refine(({ url, secretName }) => url !== undefined || secretName !== undefined, {
    error: "needs its url, or the secretName of a Secret that has it",
  });

const email = z
  .strictObject({
    to: address.describe("Whom it is sent to."),
    from: address.describe("Whom it is from."),
    server: hostAndPort.describe("Host and port of the SMTP server, which must offer STARTTLS."),
    username: plainText(256).optional().describe("User at the SMTP server. Default: none."),
    secretName: nameOfSecret("its key `password` is the user's").optional(),
  })
  .refine(({ username, secretName }) => (username === undefined) === (secretName === undefined), {
    error: "has one of username and secretName: the server asks for a user and a password, or for neither",
  });

const slack = z.strictObject({
  channel: plainText(80).describe("Channel, such as #operations."),
  secretName: nameOfSecret("its key `url` is the incoming webhook"),
});

const wechat = z
  .strictObject({
    corporation: plainText(64).describe("ID of the corporation (corp_id)."),
    agent: plainText(32).describe("ID of the application (agent_id), in quotes."),
    party: plainText(64).optional().describe("ID of the department that is told, in quotes."),
    user: plainText(64).optional().describe("ID of the user that is told, or @all."),
    secretName: nameOfSecret("its key `secret` is the application's"),
  })
  .refine(({ party, user }) => party !== undefined || user !== undefined, { error: "needs a party or a user" });

const pagerduty = z.strictObject({ secretName: nameOfSecret("its key `routingKey` is that of the integration") });

const msteams = z.strictObject({ secretName: nameOfSecret("its key `url` is that of the workflow") });

/** Ways by which a receiver is told. */
export const receiverKinds = ["webhook", "email", "slack", "wechat", "pagerduty", "msteams"] as const;

const receiver = z
  .strictObject({
    name: receiverName.describe("Name by which teams mention it."),
    webhook: webhook.optional().describe("A web service that is sent each notification as JSON."),
    email: email.optional().describe("E-mail."),
    slack: slack.optional().describe("Slack."),
    wechat: wechat.optional().describe("WeChat Work."),
    pagerduty: pagerduty.optional().describe("PagerDuty."),
    msteams: msteams.optional().describe("Microsoft Teams, by a workflow."),
  })
  .refine((given) => receiverKinds.some((kind) => given[kind] !== undefined), {
    error: `tells nobody: it needs one of ${receiverKinds.join(", ")}`,
  });

/** Days of a week, as Alertmanager names them. */
export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const clock = text(
  /^([01][0-9]|2[0-3]):[0-5][0-9]$/,
  'a time of day is two digits, a colon and two digits, in quotes: "22:00"',
  5,
);

const quietHours = z.strictObject({
  days: z
    .array(z.enum(weekdays))
    .min(1, "at least one day; without the field, every day")
    .optional()
    .describe("Days on which it begins. Default: every day."),
  from: clock.describe('When it begins: "22:00".'),
  to: clock.describe('When it ends; of the next day, if that is not later than `from`: "07:00".'),
  timeZone: z
    .string()
    .refine(isTimeZone, { error: "a time zone such as Asia/Shanghai is expected, in just these letters" })
    .default("UTC")
    .describe("Time zone, such as Asia/Shanghai. Default: UTC."),
});

const team = z.strictObject({
  name: teamName.describe("Name of the team."),
  networks: z
    .array(networkName)
    .min(1, "a team has at least one network; without the field, it has all that no other team has")
    .optional()
    .describe("Networks whose alerts it gets. Default: all that no other team has, and the platform's own."),
  receiver: z.string().describe("Receiver of its alerts."),
  critical: z.string().optional().describe("Another receiver that is told of critical alerts, too."),
  quietHours: z
    .array(quietHours)
    .default([])
    .describe("When it is told of critical alerts only; of others that last, when the quiet hours end."),
});

/** `monitoring` of a platform. */
export const monitoringSchema = z.strictObject({
  retention: retention.default("15d").describe("How long metrics are kept. Default: 15d."),
  storage: storage.default("20Gi").describe("Volume of Prometheus. The oldest metrics go before it is full."),
  alertmanagerStorage: storage
    .default("1Gi")
    .describe("Volume of each Alertmanager: silences, and who was told of what."),
  alertmanagers: z
    .int()
    .min(1)
    .max(5)
    .default(2)
    .describe("Number of Alertmanagers, which share what they know. Default: 2."),
  interval: duration
    .refine((time) => durationSeconds(time) >= 1, { error: "metrics are read once a second at most: write 1s or more" })
    .default("15s")
    .describe("How often metrics are read, and rules evaluated. Default: 15s."),
  groupWait: duration
    .default("30s")
    .describe("How long the first notification of a network's alert waits for others like it. Default: 30s."),
  groupInterval: duration.default("1m").describe("Least time between two notifications of one group. Default: 1m."),
  repeatInterval: duration
    .default("720m")
    .describe("After what time a notification is repeated while its alerts last. Default: 720m, which is 12 hours."),
  grafana: grafanaSchema
    .optional()
    .describe("Grafana with dashboards of the platform and of all networks. Default: there is none."),
  kubeStateMetrics: z
    .boolean()
    .default(false)
    .describe(
      "Whether kube-state-metrics runs, by which monitoring knows of pods that find no place, and of volumes that nobody provides. Default: false.",
    ),
  nodeExporter: z
    .boolean()
    .default(false)
    .describe(
      "Whether node-exporter runs on every machine, in a namespace of its own with the Pod Security Standard privileged, which sees the machine's " +
        "files that everybody there may read. Default: false.",
    ),
  operator: operatorSchema
    .optional()
    .describe(
      "Objects for the Prometheus operator, whose Prometheus, Alertmanager and Grafana then do what those of the platform would, which are not " +
        "there. Default: they are.",
    ),
  serviceLevels: serviceLevelsSchema
    .prefault({})
    .describe("How good networks are to be. Alerts tell of those that are worse, the sooner the worse they are."),
  runbooks: folderAddress
    .optional()
    .describe(
      "Address of the folder docs/runbooks of this project, as your people reach it. Alerts then have links to it.",
    ),
  receivers: z.array(receiver).max(100).default([]).describe("Who can be told of alerts, and how."),
  teams: z.array(team).max(100).default([]).describe("Which alerts go to whom. Default: nobody is told."),
  heartbeat: z
    .string()
    .optional()
    .describe(
      "Receiver that is told every 5 minutes that alerts arrive: a service outside that sounds when it hears nothing. Default: none.",
    ),
});

function hasUser(address: string): boolean {
  const { username, password } = new URL(address);
  return username !== "" || password !== "";
}

/** Other names of time zones that Node does not list. It takes them in any letters, and further ones, which Alertmanager does not. */
const otherZones = [
  /^[A-Z][A-Za-z]+(\/[A-Z][a-z]+([_-]([A-Z][a-z]+|au|es|of))*){1,2}$/,
  /^Etc\/(UTC|UCT|GMT([+-]?[0-9]+)?)$/,
  /^(UTC|GMT|[CEMW]ET|[EMH]ST|EST5EDT|CST6CDT|MST7MDT|PST8PDT)$/,
];

/** Whether Alertmanager knows a time zone. It reads the names of files, so that each letter counts. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    return false;
  }
  return Intl.supportedValuesOf("timeZone").includes(name) || otherZones.some((pattern) => pattern.test(name));
}

/** `monitoring` of a platform with all defaults filled in. */
export type MonitoringConfig = z.output<typeof monitoringSchema>;
/** A receiver. */
export type ReceiverConfig = MonitoringConfig["receivers"][number];
/** A team. */
export type TeamConfig = MonitoringConfig["teams"][number];
