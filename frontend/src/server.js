// Talking to our own server: JSON in, JSON out, with the CSRF token.

export function csrf() {
  return document.querySelector("meta[name='csrf-token']")?.content ?? "";
}

/** Send `body` (JSON or FormData); return {status, body}. Status 0: the server was not reached. */
export async function send(url, body) {
  const headers = { "X-CSRF-Token": csrf(), Accept: "application/json" };
  const json = !(body instanceof FormData);
  if (json) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(url, { method: "POST", headers, body: json ? JSON.stringify(body) : body });
    const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
    return { status: response.status, body: answer };
  } catch {
    return { status: 0, body: { message: document.body.dataset.offline } };
  }
}

/** Go to the sign-in page and come back here afterwards. */
export function signInAgain() {
  const here = location.pathname + location.search;
  location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}
