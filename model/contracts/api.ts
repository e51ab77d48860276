/** What the API server and the gateway in front of it agree on. */

/**
 * Header in which the gateway hands on the certificate that a client has shown: DER in Base64. The gateway deletes all headers
 * that begin with the prefix from what clients send, and the server takes them from the gateway alone.
 */
export const callerCertificateHeader = "x-baas-client-certificate";

/** Beginning of the headers that only the gateway sets. */
export const callerHeaderPrefix = "x-baas-client-";

/** File with the certificates (PEM) of a CA whose client certificates count, among the files of the others. */
export const authorityFile = (authority: string): string => `${authority}.pem`;

/** File with its revocation list (PEM). */
export const authorityListFile = (authority: string): string => `${authority}.crl`;

/** Environment variable with the path of the server's settings. */
export const apiSettingsVariable = "API_SETTINGS";

/** How a caller with a token is named in `members` of roles, and in the audit log: this and the token's subject. */
export const tokenCaller = "token:";

/** How a caller with a certificate is named there: this, the name of the CA, a slash, and the certificate's subject (RFC 2253). */
export const certificateCaller = "certificate:";
