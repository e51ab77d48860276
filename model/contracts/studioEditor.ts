/** What a studio's session program is told: by the component that makes its pod, and by nothing else. */

/** Environment variables of the session program. */
export const studioEditorVariables = {
  /** Folder of the contract's project. */
  project: "STUDIO_PROJECT",
  /** ID of the chaincode's package. */
  packageId: "CHAINCODE_ID",
  /** File with {@link StudioEditorSettings}. */
  settings: "STUDIO_SESSION_SETTINGS",
  /** Folder that it keeps its own files in, on the volume: the token, and the sources that the session began with. */
  folder: "STUDIO_SESSION_FOLDER",
} as const;

/** Ports of the loopback. */
export const studioEditorPorts = {
  /** Chaincode, for the relay that brings the peer's calls. */
  chaincode: 7052,
  /** The contract itself, behind it. */
  contract: 7053,
  /** For the editor's extension. */
  session: 7070,
  /** The contract's debugger. */
  debugger: 9229,
} as const;

/** An identity of the API server that calls may be made as. */
export interface StudioCaller {
  name: string;
  mspId: string;
  /** Whether it calls the debug peer. */
  callsHere: boolean;
}

/** Settings of a session program, as JSON. */
export interface StudioEditorSettings {
  network: string;
  channel: string;
  chaincode: string;
  version: string;
  /** Without it there are no calls, and the world state is not shown. */
  api?: {
    /** Such as https://api.<domain>:30443, or http to the loopback. */
    url: string;
    /** File with a bearer token; read at each call. */
    tokenFile?: string;
    /** File with the root (PEM) of its certificate. */
    rootFile?: string;
    /** The first one is the default. */
    identities: StudioCaller[];
    /** MSP IDs of organizations that may endorse. */
    organizations: string[];
  };
  /** Where the sources are in the repository, such as chaincode/asset-transfer. */
  source?: string;
  /** The network's stack file. */
  stackFile?: {
    /** In the repository, such as stacks/Pulumi.dev.yaml. */
    path: string;
    /** Its text. */
    content: string;
  };
  /** Repository that branches may be pushed to. */
  remote?: {
    url: string;
    base: string;
    /** As people know it; by default the URL. */
    name?: string;
    /** Start of the branches; by default `studio/`. */
    branches?: string;
  };
  /** Folder with the repository, where it is in the session: `./baas diff` runs there. */
  repository?: string;
}
