import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./imageTags.fixtures";

describePolicy(fixtures);
