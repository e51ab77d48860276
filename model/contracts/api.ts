/** What the API server and the gateway in front of it agree on. */

/**
 * Headers by which the gateway says whose certificate a client has shown. The gateway deletes them from what clients send, and
 * the server takes them from the gateway alone.
 */
export const callerHeaders = { name: "x-baas-client-name", issuer: "x-baas-client-issuer" };

/** Environment variable with the path of the server's settings. */
export const apiSettingsVariable = "API_SETTINGS";
