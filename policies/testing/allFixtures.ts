/** The fixtures of all policies, in the order of the pack. */
import { fixtures as inRange } from "../ports/inRange.fixtures";
import { fixtures as noHost } from "../ports/noHost.fixtures";
import { fixtures as onlyGateway } from "../ports/onlyGateway.fixtures";
import { fixtures as unique } from "../ports/unique.fixtures";
import { fixtures as podSecurity } from "../security/podSecurity.fixtures";
import type { Fixtures } from "./fixtures";

export const allFixtures: readonly Fixtures[] = [onlyGateway, inRange, unique, noHost, podSecurity];
