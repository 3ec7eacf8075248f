export { emptyChatplanDocument, notFoundDocument } from "../protocol/fsxml/index.ts";
export { actionsOf, type CallFacts } from "./actions.ts";
export { bootstrapFiles, type Bootstrap } from "./bootstrap.ts";
export { renderConfigurations } from "./configuration/index.ts";
export { renderDomain, renderGroup, renderUser } from "./directory.ts";
export { forgedIn } from "./headers.ts";
export { explainRoute, renderDialplan, type RouteExplanation } from "./plan.ts";
export type { DocumentSettings } from "./settings.ts";
