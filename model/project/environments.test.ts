import { afterEach, beforeEach, expect, it } from "vitest";

import { linesOf, TestProject } from "../testing";
import { environmentNames, readEnvironment } from "./environments";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local");
});
afterEach(() => project.remove());

it("lists environments by their names", () => {
  project.environment("local-2");
  project.environment("far");
  expect(environmentNames(project.dir)).toEqual(["far", "local", "local-2"]);
});

it.each([
  ["", "is empty: it needs at least context and images"],
  [" \n", "is empty: it needs at least context and images"],
  ["context: [", "is not valid YAML: "],
  ["context: ''", 'context: "" is not allowed: a context is one line of text, not empty'],
  ["text", "is not allowed: keys and values are expected"],
])("refuses a file that holds none, and says which: %j", (text, message) => {
  project.write("stacks/environments/local.yaml", text);
  const read = () => readEnvironment(project.dir, "local", "stacks/Pulumi.net.yaml", "baas:network.environment");
  expect(read).toThrow("stacks/environments/local.yaml: ");
  expect(read).toThrow(message);
});

it("asks for another name of a .yml file, which is read by nothing", () => {
  project.write("stacks/environments/far.yml", "context: far\n");
  expect(environmentNames(project.dir)).toEqual(["local"]);
  expect(
    linesOf(() => readEnvironment(project.dir, "far", "stacks/Pulumi.net.yaml", "baas:network.environment")),
  ).toEqual([
    "stacks/Pulumi.net.yaml baas:network.environment: there is no stacks/environments/far.yaml: rename " +
      "stacks/environments/far.yml to it",
  ]);
});
