/** Which nodes must be restarted, so that they make new private keys or begin to use them. */
import { newKeysRequestedAnnotation } from "../../../../model/contracts/annotations";
import { anyNewKeys, newKeysKeys } from "../../../../model/contracts/enrolment";
import { enrolmentSecretName } from "../../../../model/contracts/names";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { isReady } from "../conditions";
import type { ConsenterKeys, PreparedKeys } from "../consenterKeys";
import { certificateAuthorities, identities } from "../kinds";
import type { SeenObjects } from "../objects";
import type { Identity, Secret } from "../resources";
import type { Node } from "../rollouts/nodes";
import type { Answer, Obstacle } from "../rollouts/restart";
import { changeSecret, findSecret, valueOf } from "../secrets";
import { clockDifference } from "./renewalDue";

/** Shortest and longest wait after a restart that brought no new keys, in milliseconds. */
const shortestWait = 60_000;
const longestWait = 6 * 60 * 60_000;

/** What {@link NewKeys} works with. */
export interface NewKeysOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  consenters: Pick<ConsenterKeys, "replace" | "isTold">;
  /** In milliseconds since 1970. */
  now: () => number;
}

/**
 * Has nodes replace their private keys when somebody asks for it. Each makes the new ones in its own pod when it starts. A peer uses
 * them at once. Channels know an orderer by its TLS key, so that it restarts twice: first it makes new keys beside the old ones, then
 * every channel is told, and it begins to use them.
 *
 * What is done follows from the request, the node's Secret, and what the node's pod says of its keys.
 */
export class NewKeys {
  /** The last request that each node has answered. */
  private readonly answered = new Map<string, string>();

  constructor(private readonly options: NewKeysOptions) {}

  /** Whether a node must restart for new keys. */
  async of(node: Node): Promise<Answer> {
    const { objects } = this.options;
    const key = `${node.namespace}/${node.name}`;
    const identity = objects.get(identities, key);
    const keys = node.pod?.keys;
    if (identity === undefined || node.pod?.enrolledAt === undefined) return {};
    if (keys?.next !== undefined) return this.switch(node, identity, keys as PreparedKeys);
    const text = identity.metadata.annotations?.[newKeysRequestedAnnotation];
    if (text === undefined) return {};
    const since = Date.parse(text.trim());
    if (Number.isNaN(since))
      return { remark: `${node.name} gets no new keys: ${newKeysRequestedAnnotation} is no time` };
    if (since > this.options.now() + clockDifference) {
      return { remark: `${node.name} gets no new keys yet: ${newKeysRequestedAnnotation} lies in the future` };
    }
    // However people have written it.
    const request = new Date(since).toISOString();
    if (this.answered.get(key) === request) return {};
    const secret = await this.secretOf(identity);
    if (secret === undefined) return {};
    const isRequest = (time = ""): boolean => Date.parse(time) === since;
    const isAnswered = isRequest(keys?.answered);
    if (isAnswered || isRequest(valueOf(secret, newKeysKeys.answered))) {
      // Kubernetes may forget what a pod has said.
      if (isAnswered) await this.write(secret, { [newKeysKeys.answered]: request });
      this.answered.set(key, request);
      return {};
    }
    return this.prepare(node, identity, request, isRequest(valueOf(secret, newKeysKeys.requested)));
  }

  /** The first restart: the node makes new keys. */
  private prepare(node: Node, identity: Identity, request: string, isTold: boolean): Answer {
    const { objects, now } = this.options;
    const { namespace } = identity.metadata;
    const { certificateAuthority } = identity.spec;
    const authority = objects.get(certificateAuthorities, `${namespace}/${certificateAuthority}`);
    if (!authority || !isReady(authority)) {
      return {
        remark: `${node.name} gets new keys when its CertificateAuthority ${certificateAuthority} is ready`,
      };
    }
    const [since, startedAt] = [Date.parse(request), node.pod!.enrolledAt!];
    // By another clock than that of the request.
    const isTried = isTold && startedAt > since - clockDifference;
    if (isTried && node.pod!.keys === undefined) {
      const remedy = "Its init container is of an earlier release: apply the network, then ask again";
      return { remark: `${node.name} was restarted and has said nothing of new keys. ${remedy}` };
    }
    const failure =
      `${node.name} was restarted and has not made new keys, which were asked for at ${request}. See the log of its ` +
      "init container";
    const wait = Math.min(longestWait, Math.max(shortestWait, startedAt - since));
    if (isTried && now() < startedAt + wait) {
      return { remark: `${failure}; the next try is at ${new Date(startedAt + wait).toISOString()}` };
    }
    return {
      restart: {
        why: isTried ? `${failure}; it is tried again` : `new keys were asked for at ${request}`,
        ...(isTried && { warning: "NewKeysFailed" }),
        before: async () => {
          const secret = await this.secretOf(identity);
          // Written again, it would take back what an orderer was told since.
          if (secret === undefined || Date.parse(valueOf(secret, newKeysKeys.requested)) === since) return undefined;
          const use = node.role === "orderer" ? null : anyNewKeys;
          await this.write(secret, { [newKeysKeys.requested]: request, [newKeysKeys.use]: use });
          return undefined;
        },
      },
    };
  }

  /** The second restart of an orderer: all channels are told of the keys that it has prepared, and it uses them. */
  private async switch(node: Node, identity: Identity, keys: PreparedKeys): Promise<Answer> {
    const secret = await this.secretOf(identity);
    if (secret === undefined) return {};
    const { consenters, now } = this.options;
    const isUsed = valueOf(secret, newKeysKeys.use) === keys.next;
    if (isUsed && now() < node.pod!.enrolledAt! + shortestWait) {
      return { remark: `${node.name} has not begun to use its new keys; the next try is soon` };
    }
    // A Secret that does not know the request may have been lost, and made again.
    const request = Date.parse(identity.metadata.annotations?.[newKeysRequestedAnnotation]?.trim() ?? "");
    const isLost = Date.parse(valueOf(secret, newKeysKeys.requested)) !== request;
    const isAnnounced = valueOf(secret, newKeysKeys.announced) === keys.next;
    // Channels that know the new key do not let it take part until it has restarted.
    let isBegun = isAnnounced || (isLost && (await consenters.isTold(node, keys)));
    const before = async (): Promise<Obstacle | undefined> => {
      const message = await consenters.replace(node, identity, keys, async () => {
        await this.write(await this.secretOf(identity), { [newKeysKeys.announced]: keys.next });
        isBegun = true;
      });
      if (message !== undefined) return { message, isBegun };
      await this.write(await this.secretOf(identity), { [newKeysKeys.use]: keys.next });
      return undefined;
    };
    return { restart: { why: "it begins to use its new keys", before, ...(isBegun && { isBegun }) } };
  }

  private secretOf({ metadata: { namespace, name } }: Identity): Promise<Secret | undefined> {
    return findSecret(this.options.api, namespace, enrolmentSecretName(name));
  }

  private async write(secret: Secret | undefined, values: Record<string, string | null>): Promise<void> {
    if (secret === undefined) throw new Error("the Secret of an Identity is gone");
    if (Object.entries(values).every(([key, value]) => valueOf(secret, key) === (value ?? ""))) return;
    await changeSecret(this.options.api, secret, { values });
  }
}
