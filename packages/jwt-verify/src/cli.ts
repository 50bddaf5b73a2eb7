#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { argv, env, exit, stderr, stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { Algorithm } from './algorithms.ts';
import { createVerifier } from './create-verifier.ts';
import { decodeUnverified } from './decode-unverified.ts';
import { explain } from './explain.ts';
import { describeSkipped } from './key-set.ts';
import type { KeysOptions } from './options.ts';

const USAGE = `Explain, step by step, why an access token is accepted or refused.

  npx @latchkey/jwt-verify TOKEN --issuer URL --audience NAME [options]

TOKEN may be - to read it from standard input, which keeps it out of the shell's history.

  --issuer URL         the exact iss; with {tenantid} in it, that of the token's own tid;
                       "none": not checked
  --audience NAME      the audience of the service, repeatable: one of them must be in aud;
                       "none": not checked
  --issuer-if-present URL, --audience-if-present NAME
                       instead: the claim may be absent, but if it is there it must fit
  --algorithm ALG      an allowed algorithm, repeatable; default ES256 and RS256
  --typ TYPE           default at+jwt; "none": not checked
  --typ-if-present TYPE
                       instead: typ may be absent, but if it is there it must be this one
  --jwks-url URL       the key set, when not where the issuer's metadata says
  --jwks FILE          the key set, in a file
  --secret-env NAME    the environment variable that holds the shared secret
  --at TIME            judge as of this time (ISO 8601)
  --tolerance SECONDS  leeway for exp and nbf, up to 60
  --json               print the explanation as JSON

Exit status: 0 accepted, 1 refused, 2 wrong usage, 3 keys unavailable.
`;

const fail = (message: string): never => {
  stderr.write(`${message}\n`);
  return exit(2);
};

const parse = () => {
  try {
    return parseArgs({
      args: argv.slice(2),
      allowPositionals: true,
      options: {
        issuer: { type: 'string' },
        'issuer-if-present': { type: 'string' },
        audience: { type: 'string', multiple: true },
        'audience-if-present': { type: 'string', multiple: true },
        algorithm: { type: 'string', multiple: true, default: ['ES256', 'RS256'] },
        typ: { type: 'string' },
        'typ-if-present': { type: 'string' },
        'jwks-url': { type: 'string' },
        jwks: { type: 'string' },
        'secret-env': { type: 'string' },
        at: { type: 'string' },
        tolerance: { type: 'string', default: '0' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return fail(`${(error as Error).message}; see --help`);
  }
};

const { values, positionals } = parse();
if (values.help) {
  stdout.write(USAGE);
  exit(0);
}
const [given] = positionals;
if (given === undefined || positionals.length > 1) fail('give one TOKEN; see --help');
const token = (given === '-' ? await text(stdin) : (given as string))
  .trim()
  .replace(/^Bearer /i, '');

/** What one of a pair of options says: the value, "not checked", or the value if it is present. */
const either = <Value extends string | string[]>(
  name: string,
  exact: Value | undefined,
  ifPresent: Value | undefined,
): Value | { ifPresent: Value } | null | undefined => {
  if (exact !== undefined && ifPresent !== undefined) {
    fail(`give --${name} or --${name}-if-present, not both; see --help`);
  }
  if (ifPresent !== undefined) return { ifPresent };
  return exact === 'none' || (Array.isArray(exact) && exact.join() === 'none') ? null : exact;
};
const required = <Value>(name: string, value: Value | undefined): Value =>
  value === undefined ? fail(`give --${name}; see --help`) : value;

const keysOf = (): KeysOptions => {
  const secretName = values['secret-env'];
  if (secretName !== undefined) {
    return { secret: env[secretName] ?? fail(`the variable ${secretName} is not set`) };
  }
  if (values.jwks !== undefined) return { jwks: JSON.parse(readFileSync(values.jwks, 'utf8')) };
  return values['jwks-url'] === undefined ? {} : { url: values['jwks-url'] };
};

/** The keys of the set that can't be used. */
const passedOver: string[] = [];

const verifierOf = () => {
  const at = values.at === undefined ? undefined : Date.parse(values.at);
  if (Number.isNaN(at)) fail('--at is not a time');
  const typ = either('typ', values.typ, values['typ-if-present']);
  try {
    return createVerifier({
      issuer: required('issuer', either('issuer', values.issuer, values['issuer-if-present'])),
      audience: required(
        'audience',
        either('audience', values.audience, values['audience-if-present']),
      ),
      algorithms: values.algorithm as Algorithm[],
      ...(typ === undefined ? {} : { typ }),
      keys: keysOf(),
      clockToleranceSeconds: Number(values.tolerance),
      onEvent: (event) => {
        if (event.type === 'key_skipped') passedOver.push(describeSkipped(event));
      },
      ...(at === undefined ? {} : { now: () => at }),
    });
  } catch (error) {
    return fail((error as Error).message);
  }
};

const verifier = verifierOf();
const explanation = await explain(verifier, token);
verifier.close();
const { steps, error } = explanation;
const verdict = error === undefined ? 'accepted' : 'refused';
const MARKS = { passed: '✓', failed: '✗', 'not reached': '·' } as const;

const contentOf = () => {
  try {
    const { header, claims } = decodeUnverified(token);
    return { header, claims };
  } catch {
    return undefined;
  }
};

if (values.json) {
  stdout.write(
    `${JSON.stringify({ verdict, code: error?.code, steps, ...contentOf() }, null, 2)}\n`,
  );
} else {
  const lines = steps.map(
    ({ name, outcome, note }) => `${MARKS[outcome]} ${name.padEnd(11)}${note}`,
  );
  if (error?.code === 'key_unknown') {
    lines.push(
      ...passedOver.map((why) => `  the key set also has a key that can't be used: ${why}`),
    );
  }
  const content = contentOf();
  if (content !== undefined) {
    const trust = error === undefined ? 'It says' : 'It claims, which is not to be trusted';
    lines.push('', `${trust}:`, JSON.stringify(content, null, 2));
  }
  stdout.write(
    `${lines.join('\n')}\n\n${verdict}${error === undefined ? '' : ` (${error.code})`}\n`,
  );
}
exit(error === undefined ? 0 : error.status === 503 ? 3 : 1);
