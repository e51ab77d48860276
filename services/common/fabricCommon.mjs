/**
 * An esbuild plugin. fabric-ca-client takes five things from fabric-common, whose index would bring gRPC, protobuf and
 * PKCS#11 along: 40 MB of memory for nothing.
 */
export const fabricCommon = {
  name: "fabric-common",
  setup(build) {
    build.onResolve({ filter: /^fabric-common$/ }, () => ({ path: "fabric-common", namespace: "fabric-common" }));
    build.onLoad({ filter: /.*/, namespace: "fabric-common" }, () => ({
      contents: `module.exports = {
        Utils: require("fabric-common/lib/Utils.js"),
        BaseClient: require("fabric-common/lib/BaseClient.js"),
      };`,
      // The service's own node_modules.
      resolveDir: process.cwd(),
    }));
  },
};
