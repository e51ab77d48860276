/** Fields of stack and environment files that become fields of Kubernetes objects, or names of images. */
import { posix, win32 } from "node:path";

import { z } from "zod";

import { group } from "../contracts/apiGroup";
import { parseImage } from "../contracts/images";
import {
  dnsSubdomain,
  domainName,
  hostName,
  imageName,
  imagePrefix,
  imageReference,
  type NameRule,
  namespaceLabel,
  portNumber,
  qualifiedName,
  ruleBroken,
} from "../contracts/nameRules";
import { inQuotes } from "../messageText";
import { isWrittenByKubernetes } from "./podKeys";

/** A text that follows a rule for names. */
const named = (what: string, { pattern, maxLength, text }: NameRule, most = maxLength) =>
  z
    .string()
    .max(most, { error: `${what} has at most ${most} characters`, abort: true })
    .regex(pattern, { error: `${what} is ${text}`, abort: true });

/** Name of a StorageClass. */
export const storageClassName = named("a StorageClass's name", dnsSubdomain);

/** DNS domain of a cluster. The longest name in it is that of a pod of a StatefulSet, within 253 characters. */
export const clusterDomainName = named("a cluster's domain", hostName, 90);

/** DNS domain of a network. */
export const networkDomain = named("a domain", domainName, 150);

/** Where images come from, or go to. */
export const imageRegistry = named("a registry", imagePrefix).refine(hasGoodHost, {
  error: "the host in brackets is no IPv6 address",
});

/** An image that exists already. What runs must not change by itself, so it needs a tag other than latest, or a digest. */
export const existingImage = z.string().superRefine((image, ctx) => {
  const issue = (message: string) => ctx.addIssue({ code: "custom", message, input: image });
  const { repository, tag, digest } = parseImage(image);
  if (!imageReference.pattern.test(image)) issue(`an image is ${imageReference.text}`);
  else if (!hasGoodHost(image)) issue("the host in brackets is no IPv6 address");
  else if (repository.length > 255) issue(`its name has ${repository.length} characters; at most 255 fit`);
  else if (digest === undefined && (tag === undefined || tag === "latest")) {
    issue("an image needs a tag other than latest, or a digest: what runs must not change by itself");
  }
});

/** A folder of the project whose name becomes that of an image. */
export const sourceFolder = z.string().superRefine((source, ctx) => {
  const message = sourceMistake(source);
  if (message !== undefined) ctx.addIssue({ code: "custom", message, input: source });
});

function sourceMistake(source: string): string | undefined {
  const folder = posix.normalize(source).replace(/\/$/, "");
  if (source === "" || folder === ".") return "it must be a folder in the project, not the project itself";
  if (/[\\\p{Cc}]/u.test(source)) return 'it must be the name of a folder, with "/" between its parts';
  if (posix.isAbsolute(source) || win32.isAbsolute(source) || folder.split("/")[0] === "..") {
    return "it is outside the project: write a folder in the project, relative to it";
  }
  const name = posix.basename(folder);
  const broken = ruleBroken(imageName, name);
  return broken === undefined
    ? undefined
    : `the image is called ${inQuotes(name)} like the folder; an image's name is ${broken}`;
}

/** Context of a kubeconfig: any text in one line. */
export const contextName = z
  .string()
  .max(253, { error: "a context has at most 253 characters", abort: true })
  .regex(/^\S+( +\S+)*$/, {
    error: "a context is one line of text, not empty, without spaces at its ends",
    abort: true,
  })
  .refine((context) => !/\p{Cc}/u.test(context), { error: "a context has no control characters" });

/** Name of a host, or an IP address, without a port. */
export const hostOrAddress = z
  .string()
  .refine((text) => isAddress(text) || ruleBroken(hostName, text) === undefined, {
    error: `an address is an IP address or the name of a host, without scheme and port; a name is ${hostName.text}`,
    abort: true,
  })
  .refine((text) => !isAddress(text) || !isNobodys(text), {
    error: "an address of one host is expected: this one stands for no host, or for many",
  });

/** Name of a server, as certificates and browsers have it. */
export const hostNameOfServer = named("a server's name", hostName);

const hostBeforePort = new RegExp(`^(.*):${portNumber}$`);

const hostOf = (text: string): string => hostBeforePort.exec(text)?.[1] ?? "";

/** Host and port of a server that pods reach: a name of a host or an IPv4 address, a colon, and a number. */
export const hostAndPort = z
  .string()
  .refine((text) => z.ipv4().safeParse(hostOf(text)).success || ruleBroken(hostName, hostOf(text)) === undefined, {
    error: "host and port are expected, such as kafka.example.com:9093",
    abort: true,
  })
  .refine((text) => !/^(127\.|localhost$)/.test(hostOf(text)) && !isNobodys(hostOf(text)), {
    error:
      "an address that pods of the cluster reach is expected: this one is each pod's own, or that of no host, or of many",
  });

/** Whether the host of an image is no address in brackets, or an IPv6 address. */
function hasGoodHost(image: string): boolean {
  const [, address] = /^\[([^\]]*)\]/.exec(image) ?? [];
  return address === undefined || z.ipv6().safeParse(address).success;
}

/** Whether an IP address is unspecified, multicast or broadcast. */
function isNobodys(address: string): boolean {
  const host = address.includes(":") ? new URL(`http://[${address}]`).hostname : address;
  return /^(0\.|2(2[4-9]|3[0-9])\.|255\.255\.255\.255$|\[::\]$|\[ff)/.test(host);
}

function isAddress(text: string): boolean {
  return z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;
}

/** Class of load balancers. */
export const loadBalancerClassName = named("a load balancer class", qualifiedName);

/** Name of a Gateway of the Gateway API, or of its listener. */
export const gatewayApiName = named("the name", dnsSubdomain);

/** Name of any namespace. */
export const anyNamespace = named("a namespace", namespaceLabel);

const ownDomains = [group, "pulumi.com"];

/** Bytes of annotations: of the 256 KiB that Kubernetes allows for an object, baas itself needs some. */
const annotationBytes = 250 * 1024;

/** Annotations that users add. */
export const userAnnotations = z
  .record(
    z
      .string()
      .regex(qualifiedName.pattern, `the key of an annotation is ${qualifiedName.text}`)
      .refine((key) => !ownDomains.some((domain) => `.${key.split("/")[0]}`.endsWith(`.${domain}`)), {
        error: `annotations of ${ownDomains.join(" and ")} are for the program itself`,
      })
      .refine((key) => !isWrittenByKubernetes(key), { error: "it is an annotation that Kubernetes itself writes" }),
    z.string(),
  )
  .refine((annotations) => Buffer.byteLength(Object.entries(annotations).flat().join("")) <= annotationBytes, {
    error: `annotations have at most ${annotationBytes / 1024} KiB`,
  });
