import { container, type Fixtures, peer, podSpec } from "../testing/fixtures";
import { noHost } from "./noHost";

const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";

export const fixtures: Fixtures = {
  policy: noHost,
  bad: [
    {
      title: "a container with a host port",
      objects: [peer({}, podSpec({}, [container({ ports: [{ containerPort: 7051, hostPort: 17051 }] })]))],
      messages: [
        `${of} container "main" takes hostPort 17051 of its machine. Remove it in the program; from outside, clients come through the gateway`,
      ],
    },
    {
      title: "a pod on the host's network",
      objects: [peer({}, podSpec({ hostNetwork: true }))],
      messages: [`${of} hostNetwork puts its pods on the machine's network. Remove it in the program`],
    },
  ],
  good: [
    {
      title: "a container with a port of its own",
      objects: [peer({}, podSpec({}, [container({ ports: [{ containerPort: 7051, hostPort: 0 }] })]))],
      messages: [],
    },
  ],
};
