/** Pods of the stand-in image in the namespace `try`, for tests of what a cluster does for pods. */
import { run, tryRun } from "../run";
import type { LocalCluster } from "../runningCluster";

/** The image of the pods, by a name that a test gives to the stand-in image. */
export const tryImage = "example.com/some/stand-in:1.0";

/** The template of a pod that Pod Security `restricted` allows. */
export function podSpec(command: string[], spec: object = {}, container: object = {}): object {
  return {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 2000,
      seccompProfile: { type: "RuntimeDefault" },
    },
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: "main",
        image: tryImage,
        command,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        ...container,
      },
    ],
    ...spec,
  };
}

/** A pod that Pod Security `restricted` allows. */
export function pod(
  name: string,
  command: string[],
  spec: object = {},
  container: object = {},
  labels: object = {},
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "try", labels: { app: name, ...labels } },
    spec: podSpec(command, { restartPolicy: "Never", ...spec }, container),
  };
}

/** The namespace `try` of a cluster, and what is in it. */
export class TryNamespace {
  constructor(private readonly cluster: LocalCluster) {}

  /** Runs kubectl with any namespace. */
  kubectl(args: string[], input?: string): Promise<string> {
    return run(this.cluster.kubectl, ["--kubeconfig", this.cluster.kubeconfig, ...args], { input });
  }

  apply(...objects: object[]): Promise<string> {
    return this.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  }

  async waitForPod(name: string, condition = "condition=Ready"): Promise<void> {
    await this.kubectl(["--namespace=try", "wait", `pod/${name}`, `--for=${condition}`, "--timeout=90s"]);
  }

  exec(name: string, ...command: string[]): Promise<{ code: number; stdout: string }> {
    const args = ["--kubeconfig", this.cluster.kubeconfig, "--namespace=try", "exec", name, "--", ...command];
    return tryRun(this.cluster.kubectl, args);
  }

  /** Whether a pod reaches a web server at port 8080; tries until the result is as expected or 20 s have passed. */
  async reaches(from: string, address: string, expected: boolean): Promise<boolean> {
    let answered = !expected;
    for (let attempt = 0; attempt < 10 && answered !== expected; attempt++) {
      const { code } = await this.exec(from, "timeout", "2", "wget", "-q", "-O", "-", `http://${address}:8080/`);
      answered = code === 0;
    }
    return answered;
  }
}
