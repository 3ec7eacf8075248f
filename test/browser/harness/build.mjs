// The pages under test are those of the sources.
import { ensureConsole } from "../../../scripts/lib/console.mjs";

export default function setup() {
  if (!ensureConsole()) throw new Error("the web phone could not be built");
}
