/** Quiet hours of teams: whether they ever end. */
import type { Finding } from "../stackFile/findings";
import { type MonitoringConfig, type TeamConfig, weekdays } from "../stackFile/monitoringSchema";

const minutesOfDay = 24 * 60;
const minutesOfWeek = weekdays.length * minutesOfDay;

/** Says of teams that they are quiet all week, as with `from` and `to` alike. */
export function quietForEver(path: string, { teams }: MonitoringConfig): Finding[] {
  return teams.flatMap(({ name, quietHours }, i) => {
    const zones = Map.groupBy(quietHours, ({ timeZone }) => timeZone);
    if (![...zones.values()].some(fillTheWeek)) return [];
    const message = `last all week: "${name}" is told of critical alerts only. Hours that end when they begin last a day: write another end`;
    return [{ path: `${path}[${i}].quietHours`, message }];
  });
}

function fillTheWeek(hours: TeamConfig["quietHours"]): boolean {
  const quiet = new Set<number>();
  for (const { days = weekdays, from, to } of hours) {
    const length = (minuteOf(to) - minuteOf(from) + minutesOfDay) % minutesOfDay || minutesOfDay;
    for (const day of days) {
      const begin = weekdays.indexOf(day) * minutesOfDay + minuteOf(from);
      for (let minute = begin; minute < begin + length; minute++) quiet.add(minute % minutesOfWeek);
    }
  }
  return quiet.size === minutesOfWeek;
}

function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(":").map(Number);
  return hours! * 60 + minutes!;
}
