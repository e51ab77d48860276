/** The folders of Grafana's dashboards: one of all networks, and one of each team that has networks. */
import type { Dashboard } from "../../model/platform/dashboards/dashboard";
import type { MonitoringConfig } from "../../model/stackFile/monitoringSchema";

/** ID of the data source, by which dashboards find it. */
export const dataSourceId = "prometheus";

/** Where a dashboard is: in the folder of all, or of a team that has some networks. */
export interface DashboardPlace {
  /** The team; absent in the folder of all. */
  team?: string;
  /** The team's networks: others cannot be chosen. */
  networks?: readonly string[];
}

/** A folder of dashboards. */
export interface DashboardFolder extends DashboardPlace {
  /** Name of its folder of files. */
  name: string;
  /** Name that people see. */
  title: string;
  /** Its dashboards. */
  dashboards: readonly Dashboard[];
}

/** The folders, that of all networks first. */
export function dashboardFolders(
  { teams }: Pick<MonitoringConfig, "teams">,
  all: readonly Dashboard[],
): DashboardFolder[] {
  // What has no network to choose shows all networks.
  const ofNetwork = all.filter(({ variables }) => variables.length > 0);
  const ofTeams = teams.flatMap(({ name: team, networks }) =>
    networks === undefined ? [] : [{ name: `team-${team}`, title: team, team, networks, dashboards: ofNetwork }],
  );
  return [{ name: "all", title: "All networks", dashboards: all }, ...ofTeams];
}

/** The files of a folder. */
export type DashboardFiles = Record<string, string>;

/** Makes the files of a folder; see renderFolder in grafanaDashboard.ts, which takes its time to load. */
export type RenderFolder = (folder: DashboardFolder) => DashboardFiles;
