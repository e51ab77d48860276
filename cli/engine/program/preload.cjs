// Loaded into a program's process before Pulumi's language runner (plain JavaScript: nothing compiles it).
// It makes the start quick and the end certain, and changes nothing that a program can see.
"use strict";
const Module = require("node:module");
const { Socket } = require("node:net");
const path = require("node:path");

// Node 22 and newer keep compiled code between runs.
Module.enableCompileCache?.();

// The command that started this process holds the other end of this pipe. When it is gone, however it ended, nobody
// listens to this program any more.
const parent = new Socket({ fd: 3, readable: true, writable: false });
parent.on("close", () => process.exit(1)).on("error", () => process.exit(1));
parent.resume();
parent.unref();

const fromProgram = Module.createRequire(path.join(process.cwd(), "_"));
const fromSdk = Module.createRequire(fromProgram.resolve("@pulumi/pulumi/package.json"));

// Much of what is loaded at the start is for functions as values, for traces, for Helm: two thirds of the loading time,
// put off here until somebody uses it. The second element says whether the module was an ES module once.
for (const [from, module, isEsModule] of [
  [fromSdk, "./typescript-shim.js", false],
  [fromSdk, "@npmcli/arborist", true],
  [fromSdk, "./automation/index.js", true],
  [fromSdk, "@opentelemetry/exporter-zipkin", true],
  [fromSdk, "@opentelemetry/instrumentation", true],
  [fromSdk, "@opentelemetry/instrumentation-grpc", true],
  [fromSdk, "@opentelemetry/resources", true],
  [fromSdk, "@opentelemetry/sdk-trace-base", true],
  [fromSdk, "@opentelemetry/sdk-trace-node", true],
  [fromProgram, "@pulumi/kubernetes/helm/index.js", true],
  [fromProgram, "@pulumi/kubernetes/kustomize/index.js", true],
  [fromProgram, "@pulumi/kubernetes/yaml/index.js", true],
]) {
  postpone(from, module, isEsModule);
}
postponeDebugger();

// Every resource logs several debug messages, a call to the engine each; nobody shows them.
fromSdk("./log").debug = () => Promise.resolve();

// Every call carries the context of a trace that there is none of.
fromSdk("./runtime/settings").grpcClientOptions.interceptors = [];

// Every resource and every promise has its stack trace written out, source maps and all: half of the time that a
// registration takes. The monitor records no source positions; the traces of promises serve to find leaks.
const { Resource } = fromSdk("./resource");
Resource.callsites = () => [];
const debuggable = fromSdk("./runtime/debuggable");
if (!debuggable.debugPromiseLeaks) {
  const wrap = debuggable.debuggablePromise;
  debuggable.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return wrap(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}

const codeOf =
  process.env.PULUMI_NODEJS_TYPESCRIPT === "true"
    ? () => undefined
    : require("./compile.cjs").register({ folder: process.cwd(), store: process.env.BAAS_COMPILE_CACHE });

// Stack traces name the lines of the program's source. The SDK's own source maps stay out of it: they lead to paths
// that are not there, and Node 20 runs for a minute over one of them when the runner has it print an error in colour.
fromSdk("source-map-support").install({
  overrideRetrieveSourceMap: true,
  retrieveSourceMap: (url) => {
    const [, map] = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(codeOf(url) ?? "") ?? [];
    return map === undefined ? null : { url, map: Buffer.from(map, "base64").toString() };
  },
});

/** Puts a stand-in into the module cache that loads the module when it is first used. */
function postpone(from, module, isEsModule) {
  let filename;
  try {
    filename = from.resolve(module);
  } catch {
    return; // Not installed here, or gone in another version: nothing to put off.
  }
  let real;
  const use = () => {
    if (real === undefined) {
      delete require.cache[filename];
      real = from(filename);
    }
    return real;
  };
  standIn(
    filename,
    new Proxy(() => {}, {
      get: (_, key) => (key === "__esModule" ? isEsModule : use()[key]),
      has: (_, key) => key in use(),
      ownKeys: () => Reflect.ownKeys(use()),
      getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(use(), key),
    }),
  );
}

/**
 * Replaces the SDK's module that attaches a debugger to its own process, in which everything then runs slower. Only
 * who serializes functions needs the debugger; attached late, it lists the scripts that were loaded before.
 */
function postponeDebugger() {
  const scripts = new Map();
  let session;
  standIn(fromSdk.resolve("./runtime/closure/v8Hooks.js"), {
    isInitializedAsync: () => Promise.resolve(),
    getScriptUrl: (id) => scripts.get(id),
    getSessionAsync: async () => {
      if (session === undefined) {
        require("node:v8").setFlagsFromString("--allow-natives-syntax");
        session = new (require("node:inspector").Session)();
        session.connect();
        session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params.url));
        session.post("Debugger.enable");
      }
      return session;
    },
  });
}

function standIn(filename, exports) {
  const module = new Module(filename);
  Object.assign(module, { filename, exports, loaded: true });
  require.cache[filename] = module;
}
