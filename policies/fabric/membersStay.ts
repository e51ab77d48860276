import { objectPolicy } from "../kit/policy";
import { comparesWithBefore } from "../kit/stackFile";

/** Members and consenters are removed from a channel by hand only. */
export const membersStay = objectPolicy({
  name: "fabric-members-stay",
  level: "mandatory",
  description: "No channel loses a member organization or a consenter by an edit of the stack file.",
  why:
    "The network controller takes neither out of a channel, but the nodes would go all the same: policies go on to ask for " +
    "signatures that nobody can give, and without a majority of its consenters a channel orders nothing any more.",
  limits: comparesWithBefore + "Where there is neither, as under the Pulumi CLI, nothing is compared.",
  kinds: ["Channel"],
  check(object, { stackFile }) {
    const [was, is] = [stackFile.before(object)?.body.spec, object.body.spec];
    return [
      ...gone(was?.organizations, is?.organizations, "mspId").map((mspId) => ({
        place: stackFile.place(object),
        message: `${mspId} would be no member any more, and has been one ${stackFile.sinceWhen}. Leave it in`,
      })),
      ...gone(was?.ordering?.consenters, is?.ordering?.consenters, "name").map((name) => ({
        place: `${stackFile.file}: ${stackFile.root}.ordering: Channel ${object.namespace}/${object.name}`,
        message: `${name} would be no consenter any more, and has been one ${stackFile.sinceWhen}. Leave it in`,
      })),
    ];
  },
});

function gone(before: any[] = [], after: any[] = [], key: string): string[] {
  const left = new Set(after.map((each) => each[key]));
  return before.map((each) => each[key]).filter((each) => !left.has(each));
}
