/**
 * A person opens the authorization URL, and the vendor's page decides as its settings say: answers the URL to which the browser is then sent (the
 * client's callback). A form post's fields stand in the query.
 */
export const consent = async (authorizeUrl: string): Promise<URL> => {
  const response = await fetch(authorizeUrl, { redirect: "manual" });
  const location = response.headers.get("location") ?? formTarget(await response.text());
  if (location === undefined) throw new Error(`the consent page answered with status ${response.status}`);
  return new URL(location);
};

/** Where the form of a form post would go, its fields as a query. */
const formTarget = (html: string): string | undefined => {
  const action = /action="([^"]+)"/.exec(html)?.[1];
  if (action === undefined) return undefined;
  const fields = [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)];
  const query = new URLSearchParams(
    fields.map(([, name = "", value = ""]): [string, string] => [unescapeHtml(name), unescapeHtml(value)]),
  );
  return `${unescapeHtml(action)}?${query.toString()}`;
};

const unescapeHtml = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
