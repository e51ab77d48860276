import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./storageClasses.fixtures";

describePolicy(fixtures);
