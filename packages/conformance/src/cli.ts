#!/usr/bin/env node
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { argv, exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { ALL_CHECKS } from './checks/all-checks.ts';
import { ALGORITHMS, createSecret, type PublicKeyAlgorithm } from './issuer/signing-key.ts';
import { PROFILES, type Profile } from './issuer/tokens.ts';
import { toJson } from './report/json.ts';
import { toJunit } from './report/junit.ts';
import type { Report } from './report/report.ts';
import { summaryOf, toLines } from './report/text.ts';
import { runConformance } from './run.ts';
import type { Samples } from './service/requests.ts';
import { SetupError } from './service/setup-error.ts';

const USAGE = `Hold a running service against what every service behind one login must do.

  npx @latchkey/conformance URL --service service.json [options] [-- COMMAND]

URL is where the service listens: http://localhost:4010. COMMAND starts it, with PORT, ISSUER,
JWKS_URI and the like in its environment, and is ended afterwards. Without a command the settings
are printed, and the service that runs already is checked; what needs a restart is skipped.

  --service FILE       the service's service.json
  --openapi FILE       its OpenAPI document, when not at /openapi.json
  --samples FILE       JSON: a body for "POST /todo", a value for the parameter "id"
  --profile NAME       standard (default); minimal: HS256 with just sub, id and exp; or mcp: an
                       MCP server at the first route of service.json
  --algorithm ALG      what the issuer signs with: ES256 (default), RS256, EdDSA
  --secret TEXT        the shared secret of the minimal profile; default a new one
  --issuer-port PORT   where the kit's issuer listens; default a free port
  --start-timeout S    seconds until the service must answer; default 30
  --only ID            a check or a subject, such as token or token.alg-none; repeatable
  --format FORMAT      text (default), json or junit
  --hold               keep issuer and service running after the report, until Ctrl+C
  --list               print the checks and end

Exit status: 0 the service conforms, 1 it does not, 2 wrong usage, or it could not be checked.
`;

const fail = (message: string): never => {
  stderr.write(`conformance: ${message}\n`);
  return exit(2);
};

const parse = (args: string[]) => {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        service: { type: 'string' },
        openapi: { type: 'string' },
        samples: { type: 'string' },
        profile: { type: 'string', default: 'standard' },
        algorithm: { type: 'string', default: 'ES256' },
        secret: { type: 'string' },
        'issuer-port': { type: 'string', default: '0' },
        'start-timeout': { type: 'string', default: '30' },
        only: { type: 'string', multiple: true, default: [] },
        format: { type: 'string', default: 'text' },
        hold: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return fail(`${(error as Error).message}; see --help`);
  }
};

const oneOf = <T extends string>(name: string, value: string, allowed: readonly T[]): T =>
  allowed.find((one) => one === value) ?? fail(`--${name} must be ${allowed.join(' or ')}`);

const wholeNumber = (name: string, value: string, max: number): number =>
  /^\d{1,6}$/.test(value) && Number(value) <= max
    ? Number(value)
    : fail(`--${name} must be a whole number up to ${max}`);

const readSamples = (file: string): Samples => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Samples;
  } catch (error) {
    return fail(`cannot read ${file}: ${(error as Error).message}`);
  }
};

const given = argv.slice(2);
const end = given.indexOf('--');
const command = end === -1 ? [] : given.slice(end + 1);
const { values, positionals } = parse(end === -1 ? given : given.slice(0, end));
if (values.help) {
  stdout.write(USAGE);
  exit(0);
}
if (values.list) {
  for (const { id, title, rfc } of ALL_CHECKS) stdout.write(`${id.padEnd(32)} ${title} (${rfc})\n`);
  exit(0);
}
const [url = ''] = positionals;
if (positionals.length !== 1) fail('give one URL; see --help');
const profile: Profile = oneOf('profile', values.profile, PROFILES);
const algorithm: PublicKeyAlgorithm = oneOf('algorithm', values.algorithm, ALGORITHMS);
const format = oneOf('format', values.format, ['text', 'json', 'junit']);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort(new SetupError('interrupted')));
}

const say = (line: string) => {
  if (format === 'text') stdout.write(`${line}\n`);
  else stderr.write(`${line}\n`);
};

const run = async (): Promise<Report> =>
  runConformance({
    url,
    serviceFile: values.service ?? fail('give --service service.json; see --help'),
    openapiFile: values.openapi,
    command,
    startTimeoutMs: wholeNumber('start-timeout', values['start-timeout'], 3_600) * 1000,
    profile,
    algorithm,
    secret: values.secret ?? createSecret(),
    issuerPort: wholeNumber('issuer-port', values['issuer-port'], 65_535),
    samples: values.samples === undefined ? {} : readSamples(values.samples),
    only: values.only,
    signal: interrupted.signal,
    onReady: (settings) => {
      if (command.length > 0) return;
      say('Checking the service that runs already. It must have been started with:');
      for (const [name, value] of Object.entries(settings)) say(`  ${name}=${value}`);
    },
    onResult: (result) => {
      if (format === 'text') for (const line of toLines(result)) stdout.write(`${line}\n`);
    },
    onDone: async () => {
      if (!values.hold) return;
      say('Issuer and service keep running; Ctrl+C ends them.');
      await once(interrupted.signal, 'abort');
    },
  });

try {
  const report = await run();
  if (format === 'text') stdout.write(`\n${summaryOf(report)}\n`);
  else stdout.write(format === 'json' ? toJson(report) : toJunit(report));
  process.exitCode = report.passed ? 0 : 1;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  fail(error.message);
}
