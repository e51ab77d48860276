/** Digests of secrets: they show that a secret has changed, but a reader of a stack's record cannot recover it. */
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { writeAtomically } from "../../common/atomicFiles";
import { canonicalJson } from "../../common/canonical";
import { reveal } from "../declared/values";

/** Computes digests: equal secrets have equal digests. */
export type SecretDigest = (secret: unknown) => string;

/** Computes digests with the key of this clone. The key is stored beside the random values, with the same permissions. */
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
