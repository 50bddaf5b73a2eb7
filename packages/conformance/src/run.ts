import { setTimeout as delay } from 'node:timers/promises';
import { ALL_CHECKS, isNamed } from './checks/all-checks.ts';
import type { Check, Failure } from './checks/check.ts';
import { Skipped } from './checks/skipped.ts';
import { Context } from './context.ts';
import { send } from './http/exchange.ts';
import { Issuer } from './issuer/issuer.ts';
import { createSecret, type PublicKeyAlgorithm } from './issuer/signing-key.ts';
import { type Profile, Tokens } from './issuer/tokens.ts';
import { loadApiDocument } from './service/api-document.ts';
import { readManifest } from './service/manifest.ts';
import type { Samples } from './service/requests.ts';
import { ServiceProcess } from './service/service-process.ts';
import { SetupError } from './service/setup-error.ts';

/** Options of a run. */
export interface ConformanceOptions {
  /** Where the service listens: `http://localhost:4010`. */
  readonly url: string;
  /** Its `service.json`. */
  readonly serviceFile: string;
  /** Its OpenAPI document. Default: what it answers at `/openapi.json`. */
  readonly openapiFile?: string | undefined;
  /** Starts the service. Without it one must run already, and what stops it is skipped. */
  readonly command?: readonly string[] | undefined;
  /** For the command, beside what names port, issuer and key set. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** How long the command may take until the service answers. Default 30,000. */
  readonly startTimeoutMs?: number;
  /** Default `standard`. */
  readonly profile?: Profile;
  /** What the issuer signs with. Default `ES256`; the minimal profile has HS256. */
  readonly algorithm?: PublicKeyAlgorithm;
  /** Of the minimal profile. Default: a new one, which only a command can be given. */
  readonly secret?: string | undefined;
  /** Where the kit's issuer listens on 127.0.0.1. Default: a free port. */
  readonly issuerPort?: number;
  /** Bodies by operation and parameters by name, where the document's examples do not do. */
  readonly samples?: Samples;
  /** Ids or subjects of the checks to run. Default: all. */
  readonly only?: readonly string[];
  /** Called when the issuer listens and before the first check; the service may start now. */
  readonly onReady?: (settings: Readonly<Record<string, string>>) => Promise<void> | void;
  /** Called after each check. */
  readonly onResult?: (result: CheckResult) => void;
  /** Called after the last check, before issuer and service end. */
  readonly onDone?: () => Promise<void>;
  /** Ends the service and the issuer early. */
  readonly signal?: AbortSignal;
}

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly rfc: string;
  readonly severity: 'must' | 'should';
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  readonly failures: readonly Failure[];
  /** Why it was skipped. */
  readonly reason?: string;
}

export interface Report {
  readonly service: string;
  readonly url: string;
  readonly profile: Profile;
  readonly results: readonly CheckResult[];
  /** No check of severity `must` failed. */
  readonly passed: boolean;
}

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/**
 * Hold a running service against the rules.
 *
 * @throws SetupError when it cannot begin: no service, no document, an unknown check
 */
export const runConformance = async (options: ConformanceOptions): Promise<Report> => {
  const { profile = 'standard', algorithm = 'ES256', samples = {}, only = [] } = options;
  const url = options.url.replace(/\/+$/, '');
  if (!URL.canParse(url))
    throw new SetupError(`${options.url} is no URL like http://localhost:4010`);
  const checks = chosen(only);
  const manifest = readManifest(options.serviceFile);
  const secret = options.secret ?? createSecret();
  const issuer = await startIssuer(algorithm, options.issuerPort ?? 0);
  const settings = environment(url, issuer, manifest.audience, profile, algorithm, secret);
  const { startTimeoutMs = START_TIMEOUT_MS } = options;
  const service = serviceProcess(options, url, settings, startTimeoutMs);
  try {
    await options.onReady?.(settings);
    await (service?.start() ?? untilReachable(url, startTimeoutMs));
    const document = await loadApiDocument(url, options.openapiFile);
    const { audience, scopes } = manifest;
    const tokens = new Tokens({ profile, issuer, audience, scopes, secret });
    const context = new Context({
      url,
      manifest,
      document,
      samples,
      issuer,
      tokens,
      process: service,
    });
    const results: CheckResult[] = [];
    for (const check of checks) {
      options.signal?.throwIfAborted();
      const result = await runCheck(check, context);
      results.push(result);
      options.onResult?.(result);
    }
    await options.onDone?.();
    const passed = !results.some((one) => one.outcome === 'failed' && one.severity === 'must');
    return { service: manifest.name, url, profile, results, passed };
  } finally {
    await service?.kill();
    await issuer.close();
  }
};

const chosen = (only: readonly string[]): readonly Check[] => {
  const unknown = only.find((name) => !ALL_CHECKS.some(({ id }) => isNamed(id, name)));
  if (unknown !== undefined) throw new SetupError(`there is no check ${unknown}; see --list`);
  return only.length === 0
    ? ALL_CHECKS
    : ALL_CHECKS.filter(({ id }) => only.some((name) => isNamed(id, name)));
};

const startIssuer = async (algorithm: PublicKeyAlgorithm, port: number): Promise<Issuer> => {
  try {
    return await Issuer.start(algorithm, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SetupError(`the issuer cannot listen on port ${port} (${code}); set --issuer-port`);
  }
};

/** What a service is told of the issuer. */
const environment = (
  url: string,
  issuer: Issuer,
  audience: string,
  profile: Profile,
  algorithm: PublicKeyAlgorithm,
  secret: string,
): Record<string, string> => ({
  HOST: '127.0.0.1',
  PORT: new URL(url).port,
  NODE_ENV: 'development',
  ISSUER: issuer.url,
  AUDIENCE: audience,
  TOKEN_PROFILE: profile,
  ...(profile === 'minimal'
    ? { JWT_ALG: 'HS256', JWT_SECRET: secret }
    : { JWT_ALG: algorithm, JWKS_URI: issuer.jwksUri, JWKS_INSECURE_HTTP: 'on' }),
});

const serviceProcess = (
  { command, env, cwd }: ConformanceOptions,
  url: string,
  settings: Readonly<Record<string, string>>,
  startTimeoutMs: number,
): ServiceProcess | undefined => {
  if (command === undefined || command.length === 0) return undefined;
  return new ServiceProcess({ command, env: { ...settings, ...env }, cwd, url, startTimeoutMs });
};

/** A service that runs already may still be looking for the issuer that has just come up. */
const untilReachable = async (url: string, timeoutMs: number): Promise<void> => {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const { status, text } = await send({ method: 'GET', url: `${url}/readyz`, headers: {} });
    if (status > 0 && status !== 503) return;
    if (Date.now() > untilMs)
      throw new SetupError(`no service is ready at ${url} (${status || text})`);
    await delay(POLL_MS);
  }
};

const runCheck = async (check: Check, context: Context): Promise<CheckResult> => {
  const { id, title, rfc, severity, profiles, needsCommand = false } = check;
  const startedMs = performance.now();
  const facts = { id, title, rfc, severity };
  const end = () => Math.round(performance.now() - startedMs);
  const skip = (reason: string): CheckResult => ({
    ...facts,
    outcome: 'skipped',
    durationMs: end(),
    failures: [],
    reason,
  });
  const { profile } = context.tokens;
  if (profiles?.includes(profile) === false) return skip(`not of the ${profile} profile`);
  if (needsCommand && !context.hasProcess) {
    return skip('needs the command that starts the service, after --');
  }
  try {
    const failures = await check.run(context);
    const outcome = failures.length === 0 ? 'passed' : 'failed';
    return { ...facts, outcome, durationMs: end(), failures };
  } catch (error) {
    if (error instanceof Skipped) return skip(error.message);
    const { message } = error as Error;
    const failures = [{ where: id, expected: 'a service that can be asked', actual: message }];
    return { ...facts, outcome: 'failed', durationMs: end(), failures };
  }
};
