/** The whole controller: runs the workers that the table of watches lists. */
import { woken } from "./changes";
import { Objects } from "./objects";
import { keyOf } from "./resources";
import { share, type SharedOptions } from "./shared";
import { type Watch, watches as table, type Worker } from "./watches";

/** Period of the resync, in milliseconds. It reconciles every object, also where no watch reports a change. */
const resyncEvery = 10 * 60_000;

/** Options of a {@link Manager}. */
export interface ManagerOptions extends SharedOptions {
  /** Look at this namespace only; otherwise at all. */
  namespace?: string;
  /** The workers, if other than the controller's own table. */
  watches?: Watch[];
}

/** Connects watches to workers: schedules objects when a change concerns them. */
export class Manager {
  private readonly objects: Objects;
  private readonly workers: { watch: Watch; worker: Worker }[];

  constructor(private readonly options: ManagerOptions) {
    const { watches = table } = options;
    this.objects = new Objects(watches.flatMap(kindsOf), options);
    // Update the shared state before waking workers.
    const shared = share(options, this.objects);
    this.workers = watches.map((watch) => ({ watch, worker: watch.worker(shared) }));
    for (const { watch, worker } of this.workers) this.connect(watch, worker);
  }

  /** Reconciles until `signal` is aborted, then finishes what is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const watching = this.objects.run(signal);
    await Promise.race([this.objects.synced, aborted(signal)]);
    if (!signal.aborted) {
      const kinds = new Set(this.workers.map(({ watch }) => watch.kind));
      const counts = [...kinds].map((kind) => [kind.plural, this.objects.list(kind).length]);
      this.options.log.info("reconciling", Object.fromEntries(counts));
      for (const { worker } of this.workers) worker.queue.start();
    }
    const resync = setInterval(() => this.resync(), resyncEvery);
    await aborted(signal);
    clearInterval(resync);
    await Promise.all([...this.workers.map(({ worker }) => worker.queue.stop()), watching]);
  }

  private connect({ wokenBy }: Watch, worker: Worker): void {
    for (const kind of new Set(wokenBy.map((trigger) => trigger.kind))) {
      this.objects.onChange(kind, (change) => {
        for (const key of woken(wokenBy, kind, change, this.objects)) worker.wake(key);
      });
    }
  }

  private resync(): void {
    for (const { watch, worker } of this.workers) {
      for (const object of this.objects.list(watch.kind)) worker.wake(keyOf(object));
    }
  }
}

const kindsOf = ({ kind, wokenBy }: Watch) => [kind, ...wokenBy.map((trigger) => trigger.kind)];

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
