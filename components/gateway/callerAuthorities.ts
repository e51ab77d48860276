/** The CAs whose client certificates count at the API: files in the pods of the gateway and of the API server. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import { authorityFile, authorityListFile } from "../../model/contracts/api";
import { revocationsKey, rootKeys } from "../../model/contracts/certificateAuthority";
import { revocationsSecretName, rootsConfigMapName } from "../../model/contracts/names";
import type { ApiPlan, CallerAuthorityPlan, OrganizationPlan } from "../../model/network/networkPlan";

/** Where the certificates of the CAs are mounted. HAProxy loads all certificates of the folder. */
export const callersDir = "/etc/baas/callers";

/** Where the certificates and revocation lists of organizations are mounted in pods of the API server. */
export const authoritiesDir = "/etc/baas/authorities";

const ofOrganizations = (api: ApiPlan | undefined): { name: string; organization: OrganizationPlan }[] =>
  (api?.certificates?.authorities ?? []).flatMap((each) => ("organization" in each ? [each] : []));

/** Files of the CAs that the stack file has, by name. The lists are for the API server alone. */
export function givenAuthorityFiles(api: ApiPlan | undefined, withLists: boolean): Record<string, string> {
  const files = (api?.certificates?.authorities ?? []).flatMap((authority) => {
    if ("organization" in authority) return [];
    const { name, certificates, revocationList } = authority;
    const list = withLists && revocationList !== undefined ? [[authorityListFile(name), revocationList]] : [];
    return [[authorityFile(name), certificates], ...list];
  });
  return Object.fromEntries(files);
}

/** Whether the revocation list of an organization's CA must be there. */
export function needsRevocations(api: ApiPlan | undefined, organization: OrganizationPlan): boolean {
  return ofOrganizations(api).some((each) => each.organization.name === organization.name);
}

function rootsOf(api: ApiPlan | undefined): k8sInput.core.v1.VolumeProjection[] {
  return ofOrganizations(api).map(({ name, organization }) => ({
    configMap: {
      name: rootsConfigMapName(organization.certificateAuthority.name),
      items: [{ key: rootKeys.signing, path: authorityFile(name) }],
    },
  }));
}

/**
 * Sources of the volume at {@link callersDir}.
 *
 * @param configMap - the one with the files of CAs that the stack file has
 */
export function callerSources(api: ApiPlan, configMap: string): k8sInput.core.v1.VolumeProjection[] {
  const items = Object.keys(givenAuthorityFiles(api, false)).map((file) => ({ key: file, path: file }));
  return [...rootsOf(api), ...(items.length === 0 ? [] : [{ configMap: { name: configMap, items } }])];
}

/** Sources of the volume at {@link authoritiesDir}. Until the controller has published a list, pods start without it. */
export function authoritySources(api: ApiPlan): k8sInput.core.v1.VolumeProjection[] {
  const lists = ofOrganizations(api).map(({ name, organization }) => ({
    secret: {
      name: revocationsSecretName(organization.certificateAuthority.name),
      items: [{ key: revocationsKey, path: authorityListFile(name) }],
      optional: true,
    },
  }));
  return [...rootsOf(api), ...lists];
}

/**
 * The files as the server's settings name them.
 *
 * @param givenDir - folder of the files of {@link givenAuthorityFiles}
 */
export function authoritySettings(authorities: readonly CallerAuthorityPlan[], givenDir: string): object {
  const files = authorities.map((authority) => {
    const { name } = authority;
    const isOwn = "organization" in authority;
    const folder = isOwn ? authoritiesDir : givenDir;
    const hasList = isOwn || authority.revocationList !== undefined;
    const certificates = `${folder}/${authorityFile(name)}`;
    return [name, { certificates, ...(hasList && { revocationList: `${folder}/${authorityListFile(name)}` }) }];
  });
  return Object.fromEntries(files);
}
