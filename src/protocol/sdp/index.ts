export type { Codec, Direction } from "./model.ts";
