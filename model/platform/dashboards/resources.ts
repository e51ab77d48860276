/** The dashboard of memory, CPU and what else runs out. */
import { type Dashboard, lines, networkVariable, ofNetwork } from "./dashboard";

const ofMachines = 'job="node-exporter"';

export const resourcesDashboard: Dashboard = {
  name: "resources",
  title: "Resources",
  description: "What nodes of a network take, and what the platform takes.",
  variables: [networkVariable],
  rows: [
    {
      title: "Network",
      panels: [
        lines(
          "Memory",
          "bytes",
          { expr: `process_resident_memory_bytes{${ofNetwork}}`, legend: "{{node}}" },
          "Memory of each node's process.",
        ),
        lines(
          "CPU",
          "cores",
          { expr: `rate(process_cpu_seconds_total{${ofNetwork}}[5m])`, legend: "{{node}}" },
          "Cores that each node's process uses.",
        ),
        lines(
          "Open files",
          "share",
          { expr: `process_open_fds{${ofNetwork}} / process_max_fds{${ofNetwork}}`, legend: "{{node}}" },
          "Of those that a process may open. Connections are among them.",
          { badFrom: 0.8 },
        ),
        lines(
          "Goroutines",
          "none",
          { expr: `go_goroutines{${ofNetwork}}`, legend: "{{node}}" },
          "A number that only grows is a leak.",
        ),
        lines(
          "Restarts",
          "none",
          { expr: `changes(process_start_time_seconds{${ofNetwork}}[1h])`, legend: "{{node}}" },
          "Within an hour. A rolling change restarts each node once.",
        ),
        lines(
          "Memory of gateways",
          "bytes",
          { expr: `haproxy_process_pool_used_bytes{${ofNetwork}}`, legend: "{{node}}" },
          "What HAProxy uses.",
        ),
      ],
    },
    {
      title: "Platform",
      panels: [
        lines(
          "Memory",
          "bytes",
          {
            expr: 'process_resident_memory_bytes{job=~"controller|prometheus|alertmanagers"}',
            legend: "{{job}} {{node}}",
          },
          "Of the controller and of the monitoring itself.",
        ),
        lines(
          "CPU",
          "cores",
          {
            expr: 'rate(process_cpu_seconds_total{job=~"controller|prometheus|alertmanagers"}[5m])',
            legend: "{{job}} {{node}}",
          },
          "Of the controller and of the monitoring itself.",
        ),
        lines(
          "Series",
          "none",
          { expr: "prometheus_tsdb_head_series", legend: "series" },
          "Series that Prometheus has now. A network of 30 nodes has about 16,000.",
        ),
        lines(
          "Metrics on the volume",
          "bytes",
          { expr: "prometheus_tsdb_storage_blocks_bytes", legend: "blocks" },
          "At `storage.tsdb.retention.size`, the oldest metrics go.",
        ),
      ],
    },
    {
      // Of node-exporter, with `nodeExporter`, or of that of the cluster beside an operator.
      title: "Machines",
      panels: [
        lines(
          "CPU",
          "share",
          {
            expr: `1 - avg by (instance) (rate(node_cpu_seconds_total{${ofMachines},mode="idle"}[5m]))`,
            legend: "{{instance}}",
          },
          "Of all its processors that a machine uses, for whatever runs there.",
          { badFrom: 0.9 },
        ),
        lines(
          "Memory",
          "share",
          {
            expr: `1 - node_memory_MemAvailable_bytes{${ofMachines}} / node_memory_MemTotal_bytes{${ofMachines}}`,
            legend: "{{instance}}",
          },
          "Of its memory that a machine has in use. Without memory, it ends containers.",
          { badFrom: 0.9 },
        ),
        lines(
          "File systems",
          "share",
          {
            expr: `1 - node_filesystem_avail_bytes{${ofMachines}} / node_filesystem_size_bytes{${ofMachines}}`,
            legend: "{{instance}} {{mountpoint}}",
          },
          "How full a machine's file systems are. At 0.85, kubelets begin to remove images and pods.",
          { badFrom: 0.85 },
        ),
        lines(
          "Waiting for disks",
          "share",
          { expr: `rate(node_pressure_io_waiting_seconds_total{${ofMachines}}[5m])`, legend: "{{instance}}" },
          "Of the time that some process waited for a disk. Orderers and brokers answer late then.",
          { badFrom: 0.5 },
        ),
      ],
    },
  ],
};
