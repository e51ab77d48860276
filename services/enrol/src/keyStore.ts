/** A node's TLS key and certificate in one file, as Kafka and ZooKeeper read them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { keyStoreFile, nodeFiles } from "../../../model/contracts/enrolment";
import { writeIfChanged } from "../../common/wholeFiles";

/**
 * Writes the file from the two that an enrolment has left, unless it is so already.
 *
 * @param folder - folder of the files that the enrolment has left
 */
export function saveKeyStore(folder: string): void {
  const [key, certificate] = [nodeFiles.tlsKey, nodeFiles.tlsCertificate].map((file) =>
    readFileSync(join(folder, file), "utf8").trim(),
  );
  writeIfChanged(join(folder, keyStoreFile), `${key}\n${certificate}\n`, 0o600);
}
