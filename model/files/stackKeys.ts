/** Keys of the project in stack files. */

/** Each stack has one of them: it is a network of Fabric, one of Ethereum, or the platform of an environment. */
export const stackKeys = ["network", "ethereum", "platform"] as const;

/** A key of the project in a stack file. */
export type StackKey = (typeof stackKeys)[number];
