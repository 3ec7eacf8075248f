export { configurationDocument, settings } from "./configuration.ts";
export { directoryDocument, type DirectoryGroup, type DirectoryUser } from "./directory.ts";
export { notFoundDocument, type Section } from "./document.ts";
export { element, pairs, type Element } from "./element.ts";
export { dialplanDocument, emptyChatplanDocument, type Action } from "./plan.ts";
export { find, pairsOf, readXml } from "./read.ts";
export { writeXmlFile } from "./write.ts";
