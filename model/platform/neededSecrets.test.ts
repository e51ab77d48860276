import { describe, expect, it } from "vitest";

import { platformSchema } from "../stackFile/schema";
import { missingSecrets, neededSecrets } from "./neededSecrets";

const platform = platformSchema.parse({
  environment: "local",
  gateway: { port: 30443, host: "monitoring.example.com", certificateSecret: "grafana-tls" },
  monitoring: {
    grafana: {
      oidc: {
        authorizationUrl: "https://login.example.com/authorize",
        tokenUrl: "https://login.example.com/token",
        userInfoUrl: "https://login.example.com/userinfo",
        ...{ clientId: "grafana", secretName: "grafana-oidc" },
      },
    },
    receivers: [
      { name: "hook", webhook: { secretName: "hook" } },
      {
        name: "chat",
        webhook: { url: "https://example.com/", secretName: "chat" },
        pagerduty: { secretName: "pager" },
      },
      { name: "mail", email: { to: "a@example.com", from: "b@example.com", server: "mail.example.com:587" } },
    ],
  },
});

describe("Secrets of the user's", () => {
  const names = ["hook", "chat", "pager", "grafana-oidc", "grafana-tls"];

  it("are those that the stack file names", () => {
    expect(neededSecrets(platform)).toEqual(names);
    expect(neededSecrets(platformSchema.parse({ environment: "local" }))).toEqual([]);
  });

  it("are told with their places, and how to make them, where they are not there", () => {
    const found = missingSecrets("baas:platform", platform, new Map(names.map((name) => [name, undefined])));
    const made = (name: string, key: string) =>
      `Make it: kubectl --namespace baas-platform create secret generic ${name} --from-literal=${key}=...`;
    const none = (name: string) => `"${name}" is no Secret in namespace baas-platform`;
    expect(found.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      `baas:platform.monitoring.receivers[0].webhook.secretName: ${none("hook")}: receiver "hook" is not told. ${made("hook", "url")}`,
      `baas:platform.monitoring.receivers[1].webhook.secretName: ${none("chat")}: receiver "chat" is not told. ${made("chat", "token")}`,
      `baas:platform.monitoring.receivers[1].pagerduty.secretName: ${none("pager")}: receiver "chat" is not told. ${made("pager", "routingKey")}`,
      `baas:platform.monitoring.grafana.oidc.secretName: ${none("grafana-oidc")}: Grafana does not start. ${made("grafana-oidc", "clientSecret")}`,
      `baas:platform.gateway.certificateSecret: ${none("grafana-tls")}: Grafana does not start. Make it: kubectl --namespace baas-platform create secret tls grafana-tls --cert=FILE --key=FILE`,
    ]);
  });

  it("must have the keys that are read", () => {
    const there = new Map(names.map((name) => [name, ["url", "token", "clientSecret", "tls.crt", "tls.key"]]));
    expect(missingSecrets("baas:platform", platform, there)).toEqual([
      {
        path: "baas:platform.monitoring.receivers[1].pagerduty.secretName",
        message:
          'Secret "pager" in namespace baas-platform has no key "routingKey": receiver "chat" is not told. Add it: kubectl --namespace baas-platform edit secret pager',
      },
    ]);
  });

  it("are not told where nobody could look", () => {
    expect(missingSecrets("baas:platform", platform, new Map())).toEqual([]);
  });
});
