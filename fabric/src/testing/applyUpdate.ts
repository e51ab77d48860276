/**
 * For tests: what an orderer does with an update, written from Fabric's rules and sharing nothing with delta.ts. It takes a
 * configuration as a flat map of paths, checks the read set, puts the changed elements of the write set over it, and builds a
 * tree again of what the groups now list.
 */
import { common } from "@hyperledger/fabric-protos";

type Element = common.ConfigGroup | common.ConfigValue | common.ConfigPolicy;
type Flat = Map<string, Element>;

/** The configuration after an update, or an error that says which rule the update breaks. */
export function applyUpdate(current: common.ConfigGroup, update: common.ConfigUpdate): common.ConfigGroup {
  const existing = flatten(current);
  const read = flatten(update.getReadSet()!);
  const write = flatten(update.getWriteSet()!);
  for (const [path, element] of read) {
    const found = existing.get(path);
    if (found?.getVersion() !== element.getVersion()) throw new Error(`the read set has another version of ${path}`);
  }
  const result: Flat = new Map(existing);
  let changes = 0;
  for (const [path, element] of write) {
    if (read.get(path)?.getVersion() === element.getVersion()) continue;
    const expected = existing.has(path) ? existing.get(path)!.getVersion() + 1 : 0;
    if (element.getVersion() !== expected) throw new Error(`${path} is not one version up`);
    if (element.getModPolicy() === "") throw new Error(`${path} has no mod_policy`);
    result.set(path, element);
    changes++;
  }
  if (changes === 0) throw new Error("the update has no effect");
  for (const path of write.keys()) if (!result.has(path)) throw new Error(`${path} is not in the result`);
  return rebuild("", result);
}

function flatten(group: common.ConfigGroup, path = "", into: Flat = new Map()): Flat {
  into.set(`group ${path}`, group);
  group.getValuesMap().forEach((value, key) => into.set(`value ${path}/${key}`, value));
  group.getPoliciesMap().forEach((policy, key) => into.set(`policy ${path}/${key}`, policy));
  group.getGroupsMap().forEach((subgroup, key) => flatten(subgroup, `${path}/${key}`, into));
  return into;
}

function rebuild(path: string, flat: Flat): common.ConfigGroup {
  const listed = flat.get(`group ${path}`) as common.ConfigGroup;
  const built = new common.ConfigGroup();
  built.setVersion(listed.getVersion());
  built.setModPolicy(listed.getModPolicy());
  const found = <T extends Element>(kind: string, key: string): T => {
    const element = flat.get(`${kind} ${path}/${key}`);
    if (element === undefined) throw new Error(`${kind} ${path}/${key} is missing`);
    return element as T;
  };
  listed.getValuesMap().forEach((_, key) => built.getValuesMap().set(key, found("value", key)));
  listed.getPoliciesMap().forEach((_, key) => built.getPoliciesMap().set(key, found("policy", key)));
  listed.getGroupsMap().forEach((_, key) => built.getGroupsMap().set(key, rebuild(`${path}/${key}`, flat)));
  return built;
}
