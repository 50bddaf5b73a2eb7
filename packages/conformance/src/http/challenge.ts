/** The Bearer challenge of a `WWW-Authenticate` header (RFC 6750 §3). */
export interface BearerChallenge {
  readonly parameters: ReadonlyMap<string, string>;
  /** Names that stand there more than once. */
  readonly repeated: readonly string[];
}

const PARAMETER = /([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]+))/gy;
const SEPARATOR = /[\s,]*/y;

/** @returns undefined when the header has no Bearer challenge */
export const bearerChallengeOf = (header: string): BearerChallenge | undefined => {
  const start = /(?:^|,\s*)Bearer(?=\s|,|$)/i.exec(header);
  if (start === null) return undefined;
  const parameters = new Map<string, string>();
  const repeated: string[] = [];
  let at = start.index + start[0].length;
  for (;;) {
    SEPARATOR.lastIndex = at;
    SEPARATOR.exec(header);
    PARAMETER.lastIndex = SEPARATOR.lastIndex;
    const [, name, quoted, plain] = PARAMETER.exec(header) ?? [];
    if (name === undefined) break;
    at = PARAMETER.lastIndex;
    const key = name.toLowerCase();
    if (parameters.has(key)) repeated.push(key);
    parameters.set(key, quoted ?? plain ?? '');
  }
  return { parameters, repeated };
};
