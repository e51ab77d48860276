import { container, type Fixtures, object, peer, podSpec, workload } from "../testing/fixtures";
import { nodeExporter, ofMachines } from "../testing/nodeExporter";
import { podSecurity } from "./podSecurity";

const namespace = (labels: Record<string, string>) =>
  object({ apiVersion: "v1", kind: "Namespace", metadata: { name: "trade", labels } });

const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const change = "Change it in the program";

export const fixtures: Fixtures = {
  policy: podSecurity,
  bad: [
    {
      title: "a container without a security context",
      objects: [peer({}, podSpec({}, [container({ securityContext: undefined })]))],
      messages: [
        `${of} containers[0].securityContext.allowPrivilegeEscalation of its pods is missing; restricted wants it to be false. ${change}`,
        `${of} containers[0].securityContext.capabilities.drop of its pods is missing; restricted wants it to be [ALL]. ${change}`,
      ],
    },
    {
      title: "a pod that may run as root, without a seccomp profile",
      objects: [peer({}, podSpec({ securityContext: {} }))],
      messages: [
        `${of} containers[0].securityContext.runAsNonRoot of its pods is missing; restricted wants it to be true, here or in the pod's securityContext. ${change}`,
        `${of} containers[0].securityContext.seccompProfile.type of its pods is missing; restricted wants it to be RuntimeDefault or Localhost, here or in the pod's securityContext. ${change}`,
      ],
    },
    {
      title: "the machine's namespaces and folders",
      objects: [peer({}, podSpec({ hostPID: true, volumes: [{ name: "root", hostPath: { path: "/" } }] }))],
      messages: [
        `${of} hostPID of its pods is true; restricted wants it to be false, or left out. ${change}`,
        `${of} volumes[0] of its pods is a hostPath; restricted wants it to be one of configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret. ${change}`,
      ],
    },
    {
      title: "a privileged init container as root",
      objects: [
        workload(
          "Deployment",
          { name: "gateway", role: "gateway" },
          podSpec({ initContainers: [container({ securityContext: { privileged: true, runAsUser: 0 } })] }),
        ),
      ],
      messages: [
        ["privileged", "true", "false, or left out"],
        ["allowPrivilegeEscalation", "missing", "false"],
        ["capabilities.drop", "missing", "[ALL]"],
        ["runAsUser", "0", "another user than root"],
      ].map(
        ([field, is, must]) =>
          "stacks/Pulumi.trade.yaml: baas:network.gateway: Deployment trade/gateway: " +
          `initContainers[0].securityContext.${field} of its pods is ${is}; restricted wants it to be ${must}. ${change}`,
      ),
    },
    {
      title: "node-exporter that could write, or that is the user of nodes",
      objects: [
        nodeExporter({ mount: { readOnly: false } }),
        nodeExporter({ security: { runAsUser: 1000 } }),
        nodeExporter({ security: { fsGroup: 1000 } }),
        nodeExporter({ path: "/var/lib/kubelet" }),
      ],
      messages: Array.from(
        { length: 4 },
        () =>
          "stacks/Pulumi.platform-bank.yaml: baas:platform: DaemonSet baas-platform-node-exporter/node-exporter: volumes[0] of its pods is a " +
          "hostPath; restricted wants it to be one of configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, " +
          `secret. ${change}`,
      ),
    },
    {
      title: "another Namespace that enforces nothing",
      objects: [ofMachines("baas-platform")],
      messages: [
        `stacks/Pulumi.platform-bank.yaml: baas:platform: Namespace baas-platform: "privileged" is its label pod-security.kubernetes.io/enforce. Set it to "restricted" in the program`,
      ],
    },
    {
      title: "a Namespace that does not enforce it",
      objects: [namespace({}), namespace({ "pod-security.kubernetes.io/enforce": "baseline" })],
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network: Namespace trade: it has no label pod-security.kubernetes.io/enforce. Set it to "restricted" in the program`,
        `stacks/Pulumi.trade.yaml: baas:network: Namespace trade: "baseline" is its label pod-security.kubernetes.io/enforce. Set it to "restricted" in the program`,
      ],
    },
    {
      title: "a Namespace that enforces old rules",
      objects: ["v1.0", "1.34"].map((version) =>
        namespace({
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/enforce-version": version,
        }),
      ),
      messages: ["v1.0", "1.34"].map(
        (version) =>
          `stacks/Pulumi.trade.yaml: baas:network: Namespace trade: "${version}" is its label pod-security.kubernetes.io/enforce-version, neither "latest" nor from v1.34 on. Leave it out in the program`,
      ),
    },
    {
      title: "probes and hooks that name a host",
      objects: [
        peer(
          {},
          podSpec({}, [
            container({
              startupProbe: { httpGet: { host: "127.0.0.1", path: "/", port: 80 } },
              readinessProbe: { tcpSocket: { host: "10.0.0.1", port: 80 } },
              livenessProbe: { httpGet: { host: "", path: "/", port: 80 } },
              lifecycle: {
                postStart: { httpGet: { host: "169.254.169.254", path: "/", port: 80 } },
                preStop: { tcpSocket: { host: "10.0.0.1", port: 80 } },
              },
            }),
          ]),
        ),
      ],
      messages: [
        ["startupProbe.httpGet", "127.0.0.1"],
        ["readinessProbe.tcpSocket", "10.0.0.1"],
        ["lifecycle.postStart.httpGet", "169.254.169.254"],
        ["lifecycle.preStop.tcpSocket", "10.0.0.1"],
      ].map(
        ([handler, host]) =>
          `${of} containers[0].${handler}.host of its pods is "${host}"; restricted wants it to be left out. ${change}`,
      ),
    },
    {
      title: "a pod that says what its container takes back, and processes of a Windows machine",
      objects: [
        peer(
          {},
          podSpec(
            {
              securityContext: {
                runAsNonRoot: false,
                seccompProfile: { type: "RuntimeDefault" },
                windowsOptions: { hostProcess: true },
              },
            },
            [
              container({
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ["ALL"] },
                  runAsNonRoot: true,
                  windowsOptions: { hostProcess: true },
                },
              }),
            ],
          ),
        ),
      ],
      messages: [
        `${of} securityContext.runAsNonRoot of its pods is false; restricted wants it to be true, or left out. ${change}`,
        `${of} securityContext.windowsOptions.hostProcess of its pods is true; restricted wants it to be left out. ${change}`,
        `${of} containers[0].securityContext.windowsOptions.hostProcess of its pods is true; restricted wants it to be left out. ${change}`,
      ],
    },
  ],
  good: [
    { title: "a pod that keeps it", objects: [peer()], messages: [] },
    {
      title: "node-exporter, which reads its machine's root as nobody",
      objects: [ofMachines(), nodeExporter()],
      messages: [],
    },
    {
      title: "a container that says what its pod does not",
      objects: [
        peer(
          {},
          podSpec({ securityContext: undefined }, [
            container({
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
                runAsNonRoot: true,
                seccompProfile: { type: "Localhost" },
              },
            }),
          ]),
        ),
      ],
      messages: [],
    },
    {
      title: "a Namespace that enforces it",
      objects: [
        namespace({ "pod-security.kubernetes.io/enforce": "restricted" }),
        ...["latest", "v1.34", "v1.40"].map((version) =>
          namespace({
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": version,
          }),
        ),
      ],
      messages: [],
    },
  ],
  remedied: [
    {
      before: object({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "tool", namespace: "trade" },
        spec: { containers: [{ name: "main", image: "tool:1", securityContext: { runAsUser: 5 } }] },
      }),
      after: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "tool", namespace: "trade" },
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "main",
              image: "tool:1",
              securityContext: { runAsUser: 5, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      },
    },
  ],
};
