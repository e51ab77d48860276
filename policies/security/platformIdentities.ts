import { operationsCaName } from "../../model/contracts/certificateAuthority";
import { isOfNamespace, platformEnrolmentId } from "../../model/contracts/platformCa";
import { objectPolicy } from "../kit/policy";

/** Names at the platform's CAs belong to the namespace that asks for them. */
export const platformIdentities = objectPolicy({
  name: "security-platform-identities",
  level: "mandatory",
  description:
    "An Identity at one of the platform's CAs has a name of its own namespace; only the platform has those CAs, and readers of metrics.",
  why:
    "Brokers know a client by the name in its certificate alone. Whoever gets a name of another namespace reads and writes the channels " +
    "of another network, or is taken for a broker.",
  kinds: ["Identity", "CertificateAuthority"],
  check(object, { stackFile }) {
    const { kind, namespace = "", body } = object;
    const { issuer, enrolmentId, scope } = body.spec ?? {};
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    if (kind === "CertificateAuthority") {
      if (scope !== "platform" || stackFile.kind === "platform") return [];
      return [{ place, message: `it says that it has the platform's CAs. Leave spec.scope out in ${file}` }];
    }
    if (issuer === operationsCaName && stackFile.kind !== "platform") {
      const message = `a certificate of the platform's CA "${issuer}" reads the metrics of all networks: only the platform has one. Leave it out in ${file}`;
      return [{ place, message }];
    }
    if (issuer === undefined || isOfNamespace(`${enrolmentId}`, namespace)) return [];
    const own = platformEnrolmentId("<name>", namespace);
    return [
      {
        place,
        message: `enrolmentId "${enrolmentId}" at the platform's CA "${issuer}" is no name of namespace "${namespace}". Make it "${own}", with a name without dots, in ${file}`,
      },
    ];
  },
});
