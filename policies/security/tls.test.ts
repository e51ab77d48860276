import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./tls.fixtures";

describePolicy(fixtures);
