/** Digests of secrets: enough to see that one has changed, useless to whoever finds the record of a stack. */
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { writeAtomically } from "../../common/atomicFiles";
import { canonicalJson } from "../../common/canonical";
import { reveal } from "../declared/values";

/** Gives equal secrets equal digests. */
export type SecretDigest = (secret: unknown) => string;

/** Digests under the key of this clone, which lies beside the random values and is as private as they are. */
export function secretDigestOf(projectDir: string): SecretDigest {
  const file = join(projectDir, ".baas", "random", "digest.key");
  let key: string | undefined;
  return (secret) => {
    if (key === undefined) {
      if (!existsSync(file)) {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        writeAtomically(file, randomBytes(32).toString("hex"), 0o600);
      }
      key = readFileSync(file, "utf8");
    }
    return createHmac("sha256", key)
      .update(canonicalJson(reveal(secret)))
      .digest("hex")
      .slice(0, 32);
  };
}
