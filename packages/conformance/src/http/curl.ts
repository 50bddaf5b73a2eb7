import type { HttpRequest } from './exchange.ts';

const MAX_BODY_LENGTH = 2_000;
const SHOWN_LENGTH = 40;

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The command that sends a request again; a large body is described, not repeated. */
export const curlOf = ({ method, url, headers, body }: HttpRequest): string => {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `-H ${quote(`${name}: ${one}`)}`),
  );
  const isLarge = body !== undefined && body.length > MAX_BODY_LENGTH;
  const data = body === undefined ? [] : isLarge ? ['-d @body'] : [`--data-raw ${quote(body)}`];
  const note = isLarge
    ? [`# body: ${body.length} characters, ${body.slice(0, SHOWN_LENGTH)}…`]
    : [];
  return ['curl -si', `-X ${method}`, ...lines, ...data, quote(url), ...note].join(' ');
};
