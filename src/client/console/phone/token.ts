/** Where the web user's token is kept: this tab only, gone when it is closed. */
const key = "patchcord.web-token";

/**
 * The token of `#token=…`, which is taken out of the address bar and of this page's history entry: an address is
 * shared, bookmarked and shown on screens.
 */
export function takeTokenFromAddress(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return undefined;
  history.replaceState(history.state, "", location.pathname + location.search);
  return given.trim() || undefined;
}

export const keptToken = (): string | undefined => sessionStorage.getItem(key) ?? undefined;

export function keepToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, token);
}
