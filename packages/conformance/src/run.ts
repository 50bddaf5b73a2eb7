import { setTimeout as delay } from 'node:timers/promises';
import { ALL_CHECKS, isNamed } from './checks/all-checks.ts';
import type { Check } from './checks/check.ts';
import { Context } from './context.ts';
import { send } from './http/exchange.ts';
import { Issuer } from './issuer/issuer.ts';
import { createSecret, type PublicKeyAlgorithm } from './issuer/signing-key.ts';
import { type Profile, Tokens } from './issuer/tokens.ts';
import { McpEndpoint } from './mcp/endpoint.ts';
import type { ConformanceOptions } from './options.ts';
import type { CheckResult, Report } from './report/report.ts';
import { runCheck } from './run-check.ts';
import { loadApiDocument } from './service/api-document.ts';
import { readManifest } from './service/manifest.ts';
import { ServiceProcess } from './service/service-process.ts';
import { SetupError } from './service/setup-error.ts';

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
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new SetupError(`${options.url} is no URL like http://localhost:4010`);
  }
  const checks = chosen(only);
  const manifest = readManifest(options.serviceFile);
  const secret = options.secret ?? createSecret();
  const issuer = await startIssuer(algorithm, options.issuerPort ?? 0);
  const settings = environment(url, issuer, manifest.audience, profile, algorithm, secret);
  const { startTimeoutMs = START_TIMEOUT_MS } = options;
  const service = serviceProcess(options, url, settings, startTimeoutMs);
  // What is under way then finds nobody there, and ends.
  options.signal?.addEventListener('abort', () => void service?.kill());
  try {
    await options.onReady?.(settings);
    await (service?.start() ?? untilReachable(url, startTimeoutMs));
    const { audience, scopes, routes } = manifest;
    const tokens = new Tokens({ profile, issuer, audience, scopes, secret });
    const mcp = profile === 'mcp' ? await McpEndpoint.open(url, routes[0], tokens) : undefined;
    const document = mcp?.document ?? (await loadApiDocument(url, options.openapiFile));
    const context = new Context({
      url,
      manifest,
      document,
      samples,
      issuer,
      tokens,
      process: service,
      mcp,
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
  PORT: new URL(url).port || '80',
  NODE_ENV: 'development',
  ISSUER: issuer.url,
  AUDIENCE: audience,
  TOKEN_PROFILE: profile === 'minimal' ? 'minimal' : 'standard',
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
