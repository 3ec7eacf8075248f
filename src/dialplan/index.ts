export { emptyChatplanDocument, notFoundDocument } from "../protocol/fsxml/index.ts";
export { actionsOf } from "./actions.ts";
export { bootstrapFiles, type Bootstrap } from "./bootstrap.ts";
export { renderConfigurations } from "./configuration/index.ts";
export { renderDomain, renderGroup, renderUser } from "./directory.ts";
export { forgedIn, numberHeader, referenceHeader } from "./headers.ts";
export { holdMusic, ringback } from "./media.ts";
export { explainRoute, renderDialplan, type RouteExplanation } from "./plan.ts";
export type { DocumentSettings } from "./settings.ts";
