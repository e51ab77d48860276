import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./storageNeverShrinks.fixtures";

describePolicy(fixtures);
