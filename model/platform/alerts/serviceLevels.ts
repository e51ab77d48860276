/** Alerts on service levels that networks miss. */
import { burning, type Objective, recordedRules } from "../serviceLevels";
import type { AlertGroup, AlertRule, AlertSettings } from "./alertRule";
import { usualInterval, usualServiceLevels } from "./alertRule";

const told: Record<Objective, Pick<AlertRule, "alert" | "summary" | "description" | "needs">> = {
  submit: {
    alert: "SubmitBudgetBurning",
    needs: "ordering",
    summary:
      "Network {{ $labels.network }} fails calls that submit transactions, and more of them than its target lets",
    description: "{{ $value | humanizePercentage }} of these calls to its peers failed.",
  },
  evaluate: {
    alert: "EvaluateBudgetBurning",
    summary: "Network {{ $labels.network }} fails calls that evaluate, and more of them than its target lets",
    description: "{{ $value | humanizePercentage }} of these calls to its peers failed.",
  },
  commit: {
    alert: "CommitBudgetBurning",
    needs: "ordering",
    summary: "Network {{ $labels.network }} commits transactions late, and more of them than its target lets",
    description: "{{ $value | humanizePercentage }} of its transactions were committed late.",
  },
};

/** The rules. */
export function serviceLevelAlerts({
  serviceLevels = usualServiceLevels,
  interval = usualInterval,
}: AlertSettings): AlertGroup {
  const rules = (["submit", "evaluate", "commit"] as const).flatMap((objective) =>
    (["critical", "warning"] as const).map((severity): AlertRule => {
      const expr = burning(serviceLevels, objective, severity, interval);
      return { ...told[objective], severity, expr };
    }),
  );
  return { name: "service levels", records: recordedRules(serviceLevels), rules };
}
