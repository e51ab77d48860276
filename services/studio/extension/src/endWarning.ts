/** Tells before the session ends. */
import type { SessionClient } from "./sessionClient";

/** How many minutes before it is told, the last one at the end. */
const before = [15, 5, 1];

/** Looks when the session ends, and warns some minutes before, each time once. */
export class EndWarning {
  /** Of which end it has warned, and how many minutes before. */
  private last: { until: string; minutes: number } | undefined;

  constructor(
    private readonly client: Pick<SessionClient, "ends">,
    private readonly warn: (text: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** To be called now and then. */
  async look(): Promise<void> {
    // The session program may be starting, and the gate, too.
    const { until } = await this.client.ends().catch(() => ({ until: undefined }));
    if (until === undefined) return;
    const left = (Date.parse(until) - this.now()) / 60_000;
    const minutes = before.findLast((each) => left <= each);
    if (minutes === undefined || (this.last?.until === until && this.last.minutes <= minutes)) return;
    this.last = { until, minutes };
    const when = left <= 1 ? "within a minute" : `in ${Math.ceil(left)} minutes`;
    this.warn(`This session ends ${when}, at its longest life. Save what is open: files stay, programs end.`);
  }
}
