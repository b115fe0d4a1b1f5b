const OWN_PARAMETERS = ["success", "error", "ticket", "connection_id"];

/**
 * The return address with the outcome in its query. Its own query stays, except for parameters of our names: an address that already says
 * `success=true` must not turn a failure into a success. `connectionId` is empty for a login.
 */
export const returnLocation = (
  redirectUri: string,
  connectionId: string,
  [name, value]: readonly [name: string, value: string],
): string => {
  const url = new URL(redirectUri);
  for (const own of OWN_PARAMETERS) url.searchParams.delete(own);
  url.searchParams.append(name, value);
  if (connectionId !== "") url.searchParams.append("connection_id", connectionId);
  return url.href;
};
