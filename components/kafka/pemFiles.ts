/** Files in PEM, as Kafka and ZooKeeper read them. */

/** The certificate of a server, and whom it trusts. */
export interface PemFiles {
  /** Private key (PKCS#8) and certificate, in this order. */
  keyStore: string;
  /** Certificates of the CAs that sign what may connect. */
  trustStore: string;
}
