interface Ask {
  readonly token?: string;
  readonly body?: object;
  readonly form?: Record<string, string>;
}

/** GET, or POST where there is something to send. Rejects unless the answer is a success. */
export const ask = async (url: string, { token, body, form }: Ask = {}): Promise<Response> => {
  const content = form ? new URLSearchParams(form) : body ? JSON.stringify(body) : null;
  const headers = {
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(url, { method: content ? 'POST' : 'GET', body: content, headers });
  if (!response.ok) throw new Error(`${url} ${response.status} ${await response.text()}`);
  return response;
};

export const asJson = async (url: string, what: Ask): Promise<Record<string, unknown>> =>
  (await (await ask(url, what)).json()) as Record<string, unknown>;

export const signIn = (
  auth: string,
  username: string,
  password: string,
  more: Record<string, string> = {},
) => asJson(`${auth}/token`, { form: { username, password, ...more } });
