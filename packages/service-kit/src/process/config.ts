import { readFileSync } from 'node:fs';
import { z } from 'zod';

export type Env = Record<string, string | undefined>;

/** Every problem of a configuration at once, one line each, each naming the variable to set. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the variables that a schema names. `X_FILE` stands for `X` and names a file that holds the
 * value (one trailing line end is dropped), as container secrets do; an empty variable counts as absent.
 *
 * @throws ConfigError listing every problem of every variable
 */
export function parseEnv<S extends z.ZodObject>(schema: S, env: Env): z.infer<S> {
  const problems: string[] = [];
  const values: Env = {};
  for (const name of Object.keys(schema.shape)) {
    const value = readVariable(name, env, problems);
    if (value !== undefined) values[name] = value;
  }
  const result = schema.safeParse(values);
  if (!result.success) {
    for (const issue of result.error.issues) {
      problems.push(`${issue.path.join('.') || 'environment'}: ${issue.message}`);
    }
  }
  if (problems.length > 0 || !result.success) throw new ConfigError(problems);
  return result.data;
}

function readVariable(name: string, env: Env, problems: string[]): string | undefined {
  const direct = env[name] || undefined;
  const file = env[`${name}_FILE`];
  if (!file) return direct;
  if (direct !== undefined) {
    problems.push(`${name}: set either ${name} or ${name}_FILE, not both`);
    return direct;
  }
  try {
    return readSecretFile(file);
  } catch (error) {
    problems.push(`${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}

/** A secret without the line end that editors add. */
export const readSecretFile = (path: string): string =>
  readFileSync(path, 'utf8').replace(/\r?\n$/, '');

/** A whole number within bounds, given as text. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine(
      (value) => value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    );

/** A variable that has a new name. Setting it stops the start: ignoring it would drop what it says. */
export const renamedTo = (name: string) =>
  z.never({ error: `was renamed: set ${name} instead` }).optional();

const httpUrl = z
  .string({ error: 'must be set to an http or https URL' })
  .refine((text) => /^https?:$/.test(protocolOf(text)), {
    message: 'must be an http or https URL',
  });

/** An http or https URL; what names an origin keeps no trailing slash. */
export const url = httpUrl.transform((text) => text.replace(/\/$/, ''));

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

export const databaseUrl = z
  .string({ error: 'must be set, e.g. postgresql://role:password@localhost:5432/database' })
  .refine((text) => /^postgres(ql)?:$/.test(protocolOf(text)), {
    message: 'must be a URL like postgresql://role:password@localhost:5432/database',
  });

/** What every service reads. `port` is the service's own default. */
export const serviceEnv = (port: number) => ({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('production'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(port),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  DRAIN_DELAY_MS: wholeNumber(0, 60_000).optional(),
});

export interface ServiceConfig {
  production: boolean;
  host: string;
  port: number;
  logLevel: string;
  /** How long a stopping service still takes requests, so that the gateway can turn elsewhere first. */
  drainDelayMs: number;
}

type ServiceEnv = z.infer<z.ZodObject<ReturnType<typeof serviceEnv>>>;

export function toServiceConfig(env: ServiceEnv): ServiceConfig {
  const production = env.NODE_ENV === 'production';
  return {
    production,
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    drainDelayMs: env.DRAIN_DELAY_MS ?? (production ? 3_000 : 0),
  };
}
