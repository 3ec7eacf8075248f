export type { NodeState, NodeStatus } from "./model.ts";
export { Nodes, type ResyncReport } from "./nodes.ts";
