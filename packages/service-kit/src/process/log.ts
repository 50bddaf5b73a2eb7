import { type LoggerOptions, pino } from 'pino';
import { standardOutput } from './log-destination.ts';

export type Log = pino.Logger;

/** JSON lines on standard output. What could carry a credential is censored wherever it is logged. */
export function createLog(name: string, level: string): Log {
  const options: LoggerOptions = {
    level,
    base: { service: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorForLog },
    redact: {
      paths: ['authorization', 'cookie', 'password', 'token', 'secret'].flatMap((key) => [
        key,
        `*.${key}`,
        `*.*.${key}`,
      ]),
      censor: '[redacted]',
    },
  };
  return pino(options, output);
}

const output = standardOutput();

/** Prisma puts the failing call's source and values into its messages; a log line keeps the last line. */
function errorForLog(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  const lastLine = message.trim().split('\n').at(-1);
  const frames = stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8);
  return {
    type: name,
    message: lastLine,
    ...(code === undefined ? {} : { code }),
    ...(cause instanceof Error ? { cause: cause.message.split('\n').at(-1) } : {}),
    stack: frames?.join('\n'),
  };
}
