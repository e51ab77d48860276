/** The dashboard of certificates. */
import { certificateEnds } from "../figures";
import { type Dashboard, networkVariable, ofNetwork } from "./dashboard";

const ofIt = certificateEnds.replace("}", `,${ofNetwork}}`);
const month = 30 * 24 * 3600;

export const certificatesDashboard: Dashboard = {
  name: "certificates",
  title: "Certificates",
  description: "When certificates end. The controller renews them when a third of their life is left.",
  variables: [networkVariable],
  rows: [
    {
      title: "Certificates",
      panels: [
        {
          title: "Lasts longest and shortest",
          description: "Of all certificates of the network.",
          kind: "numbers",
          unit: "seconds",
          queries: [
            { expr: `min(${ofIt}) - time()`, legend: "shortest" },
            { expr: `max(${ofIt}) - time()`, legend: "longest" },
          ],
          badUpTo: 7 * 24 * 3600,
        },
        {
          title: "Certificates that end within 30 days",
          description: "By certificate authority. Where certificates live for days only, all of them do.",
          kind: "lines",
          unit: "none",
          queries: [
            { expr: `count by (ca) (${ofIt} - time() < ${month}) or 0 * count by (ca) (${ofIt})`, legend: "{{ca}}" },
          ],
        },
        {
          title: "All certificates",
          description:
            "How long each lasts. Of an identity that is enrolled anew, the certificate that ends last counts.",
          kind: "table",
          unit: "seconds",
          labels: ["organization", "ca", "kind", "identity"],
          queries: [{ expr: `${ofIt} - time()`, legend: "lasts" }],
        },
      ],
    },
  ],
};
