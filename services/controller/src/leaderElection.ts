/** Which of several instances of the controller is the one that works. */
import { setTimeout as sleep } from "node:timers/promises";

import { messageOf } from "../../common/failure";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError, unlessMissing } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import { collections, type KubernetesObject } from "./resources";

/** How long a leader that no longer renews its Lease remains leader, in seconds. */
const leaseSeconds = 15;
const renewEvery = 5_000;
const askEvery = 2_000;

interface Lease extends KubernetesObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** Options of {@link LeaderElection}. */
export interface LeaderElectionOptions {
  api: KubernetesApi;
  namespace: string;
  name: string;
  /** Who we are: the pod's name. */
  identity: string;
  log: Log;
  now?: () => number;
}

/**
 * Leader election by a Lease, as client-go does it. It does not compare clocks of different machines: a leader counts as gone
 * when its Lease has not changed for the Lease's duration, by our own clock.
 */
export class LeaderElection {
  private seen = { resourceVersion: "", at: 0 };

  constructor(private readonly options: LeaderElectionOptions) {}

  /** Resolves when we are leader, or `signal` is aborted. */
  async acquire(signal: AbortSignal): Promise<void> {
    let holder = "";
    while (!signal.aborted) {
      const outcome = await this.attempt();
      if (outcome === true) return;
      if (outcome !== holder) {
        holder = outcome;
        this.options.log.info("not leader, standing by", { holder });
      }
      await sleep(askEvery * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() => {});
    }
  }

  /** Renews the Lease until it is lost (then it resolves) or `signal` is aborted. */
  async hold(signal: AbortSignal): Promise<void> {
    let renewed = this.now();
    while (!signal.aborted) {
      await sleep(renewEvery, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const outcome = await this.attempt();
      if (outcome === true) renewed = this.now();
      // Stop well before another one may take over.
      else if (outcome !== "" || this.now() - renewed > (leaseSeconds - 5) * 1000) return;
    }
  }

  /** Lets the next one take over at once. */
  async release(): Promise<void> {
    const { identity } = this.options;
    const lease = await this.read();
    if (lease?.spec?.holderIdentity !== identity) return;
    await this.write(lease, { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1 });
  }

  /** True if we hold the Lease, otherwise its holder, or "" if the holder is unknown. */
  private async attempt(): Promise<true | string> {
    const { identity, log } = this.options;
    try {
      const lease = await this.read();
      const { resourceVersion = "" } = lease?.metadata ?? {};
      if (lease && resourceVersion !== this.seen.resourceVersion) this.seen = { resourceVersion, at: this.now() };
      const holder = lease?.spec?.holderIdentity ?? "";
      const lasts = (lease?.spec?.leaseDurationSeconds ?? leaseSeconds) * 1000;
      if (holder !== "" && holder !== identity && this.now() - this.seen.at < lasts) return holder;
      const time = new Date().toISOString().replace("Z", "000Z");
      const taken = holder !== identity;
      await this.write(lease, {
        holderIdentity: identity,
        leaseDurationSeconds: leaseSeconds,
        renewTime: time,
        acquireTime: taken ? time : lease?.spec?.acquireTime,
        leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (taken && lease ? 1 : 0),
      });
      return true;
    } catch (error) {
      // A conflict means that someone else was faster; the next attempt sees who.
      if (!(error instanceof ApiError && error.status === 409))
        log.warn("cannot renew the lease", { cause: messageOf(error) });
      return "";
    }
  }

  private read(): Promise<Lease | undefined> {
    const { api, namespace, name } = this.options;
    return unlessMissing(api.call<Lease>("GET", `${collections.leases(namespace)}/${name}`));
  }

  private async write(before: Lease | undefined, spec: Lease["spec"]): Promise<void> {
    const { api, namespace, name } = this.options;
    const path = collections.leases(namespace);
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec };
    if (before) {
      const body = { ...lease, metadata: { name, namespace, resourceVersion: before.metadata.resourceVersion } };
      await api.call("PUT", `${path}/${name}`, { body });
    } else {
      await api.call("POST", path, { body: { ...lease, metadata: { name, namespace } } });
    }
  }

  private now(): number {
    return this.options.now?.() ?? performance.now();
  }
}
