/** What apply and destroy show: the same progress as all long work. */
export { terminalProgress as terminalReport } from "../../../local-cluster/progress";
