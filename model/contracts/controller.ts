/** What the platform's Deployment of the network controller and its program agree on. */

/** Environment variables of the controller. */
export const controllerVariables = {
  podName: "POD_NAME",
  podNamespace: "POD_NAMESPACE",
  metricsPort: "METRICS_PORT",
  healthPort: "HEALTH_PORT",
  logLevel: "LOG_LEVEL",
  /** The one namespace to look at; all of them if it is not set. */
  namespace: "BAAS_NAMESPACE",
} as const;
