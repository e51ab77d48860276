import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./certificateNames.fixtures";

describePolicy(fixtures);
