import { ownershipBindingSpec, ownershipPolicyName, ownershipPolicySpec } from "../../model/contracts/ownership";
import { definitions } from "../../model/customResources";
import { definitionName, definitionSpec } from "../../model/customResources/definition";
import { type Fixtures, object } from "../testing/fixtures";
import { extensions } from "./extensions";

const stack = "platform-bank";
const ofPlatform = (apiVersion: string, kind: string, name: string, spec: object) =>
  object({ apiVersion, kind, metadata: { name }, spec }, { stack });
const definition = (name: string, spec: object) =>
  ofPlatform("apiextensions.k8s.io/v1", "CustomResourceDefinition", name, spec);
const admission = (kind: string, name: string, spec: object) =>
  ofPlatform("admissionregistration.k8s.io/v1", kind, name, spec);
const place = "stacks/Pulumi.platform-bank.yaml: baas:platform:";
const remedy = "Declare it as components/platform does";

export const fixtures: Fixtures = {
  policy: extensions,
  bad: [
    {
      title: "a definition with other names and a converter",
      objects: [
        definition("pods.baas.io", {
          ...{ group: "baas.io", scope: "Cluster", names: { kind: "Identity", plural: "pods", shortNames: ["po"] } },
          conversion: { strategy: "Webhook" },
        }),
      ],
      messages: [
        `${place} CustomResourceDefinition pods.baas.io: it is called "pods.baas.io", and the definition of Identity is identities.baas.io. ${remedy}`,
        `${place} CustomResourceDefinition pods.baas.io: spec.scope is not that of the product. ${remedy}`,
        `${place} CustomResourceDefinition pods.baas.io: spec.names.plural is not that of the product. ${remedy}`,
        `${place} CustomResourceDefinition pods.baas.io: spec.names.shortNames[0] is not that of the product. ${remedy}`,
        `${place} CustomResourceDefinition pods.baas.io: spec.conversion is not that of the product. ${remedy}`,
      ],
    },
    {
      title: "admission policies of other names, and for other objects",
      objects: [
        admission("ValidatingAdmissionPolicyBinding", "any", ownershipBindingSpec),
        admission("ValidatingAdmissionPolicy", ownershipPolicyName, { ...ownershipPolicySpec, matchConditions: [] }),
      ],
      messages: [
        `${place} ValidatingAdmissionPolicyBinding any: the product has no ValidatingAdmissionPolicyBinding of this name, only ownership.baas.io. ${remedy}`,
        `${place} ValidatingAdmissionPolicy ownership.baas.io: its spec is not that of the product. ${remedy}`,
      ],
    },
  ],
  good: [
    {
      title: "what the product installs",
      objects: [
        ...definitions.map((each) => definition(definitionName(each), definitionSpec(each))),
        admission("ValidatingAdmissionPolicy", ownershipPolicyName, ownershipPolicySpec),
        admission("ValidatingAdmissionPolicyBinding", ownershipPolicyName, ownershipBindingSpec),
      ],
      messages: [],
    },
    { title: "definitions of others", objects: [definition("a.example.com", { group: "example.com" })], messages: [] },
  ],
};
