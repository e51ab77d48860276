import pulumi from "@pulumi/eslint-plugin";
import jsdoc from "eslint-plugin-jsdoc";
import importSort from "eslint-plugin-simple-import-sort";
import tseslint from "typescript-eslint";

const tests = ["**/*.test.ts", "**/testing/**", "**/testing.ts", "**/*.fixtures.ts", "tests/**", "bench/**"];

/** Every file begins with a comment that says what one finds in it. */
const fileHeader = {
  create: (context) => ({
    Program(program) {
      const [first] = context.sourceCode.getAllComments();
      const isHeader = first?.type === "Block" && first.value.startsWith("*") && first.range[0] <= program.range[0];
      const isApart = isHeader && program.body[0]?.type === "ImportDeclaration";
      const documentsExport = isHeader && program.body[0]?.type !== "ImportDeclaration";
      if (isApart || documentsExport) return;
      context.report({ loc: { line: 1, column: 0 }, message: "Begin the file with /** what one finds in it */." });
    },
  }),
};

export default tseslint.config(
  { ignores: ["**/node_modules/", "**/dist/", "**/.baas/", "**/testdata/"] },
  ...tseslint.configs.recommended,
  {
    plugins: { jsdoc, importSort, house: { rules: { "file-header": fileHeader } } },
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/naming-convention": [
        "error",
        {
          selector: "variable",
          modifiers: ["const"],
          format: ["camelCase", "StrictPascalCase"],
          leadingUnderscore: "allow",
        },
        { selector: "variable", modifiers: ["destructured"], format: null },
      ],
      // Node's modules, packages, then this repository's files: those farthest away first.
      "importSort/imports": ["error", { groups: [["^\\u0000"], ["^node:"], ["^@?\\w"], ["^\\.\\.", "^\\."]] }],
      "jsdoc/require-hyphen-before-param-description": ["error", "always"],
      "no-restricted-syntax": [
        "error",
        {
          selector: "ImportDeclaration[source.value=/^node:/] > ImportNamespaceSpecifier",
          message: "Import by name what is needed of Node's modules.",
        },
        {
          selector: "TSPropertySignature[readonly=true]",
          message: "Data is plain: leave readonly to the fields of classes and to lists that a function only reads.",
        },
        {
          selector: "ClassDeclaration[id.name=/(Mock|Stub|Fake)/]",
          message: "What stands in for something in a test is called its Double.",
        },
      ],
    },
  },
  {
    files: ["**/*.ts", "**/*.mts"],
    ignores: [...tests, "policies/!(kit)/**"],
    rules: {
      "house/file-header": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: false }],
      "max-lines-per-function": ["error", { max: 60, IIFEs: true }],
    },
  },
  {
    files: ["**/*.ts"],
    ignores: ["chaincode/**"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: { "@typescript-eslint/prefer-readonly": "error" },
  },
  {
    files: ["infra/**/*.ts", "components/**/*.ts"],
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "off",
    },
  },
  {
    files: ["**/test/**", "**/__tests__/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "Program", message: "A test stands beside what it tests, its helpers in a folder `testing`." },
      ],
    },
  },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
