/**
 * The platform's CA beside a controller in its pod: `node caProgram.js CA PASSWORD`, where CA is what TestCa.exported has told. It prints
 * its address and the root of its CA `operations` as JSON, and serves until it is stopped.
 */
import { FabricCaDouble } from "../../../services/common/testing/fabricCaDouble";
import { TestCa } from "../../../services/common/testing/testCa";

const [exported = "", password = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const double = await FabricCaDouble.start(await TestCa.from(JSON.parse(exported)));
  double.bootstrap(password);
  console.log(JSON.stringify({ url: double.url, operationsRoot: double.tlsca.pem }));
}

void main();
