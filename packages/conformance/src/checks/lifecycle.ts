import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { curlOf } from '../http/curl.ts';
import type { HttpRequest } from '../http/exchange.ts';
import { type Check, expectThat, type Failure } from './check.ts';

const END_WITHIN_MS = 10_000;
/** Long enough for the first half of a request to arrive, and for the signal. */
const ARRIVE_MS = 300;

const answers200 = (path: string, title: string): Check => ({
  id: `lifecycle.${path.slice(1)}`,
  title,
  rfc: 'process life cycle',
  severity: 'must',
  run: async (context) => {
    const exchange = await context.ask(`GET ${path}`);
    return expectThat(exchange.answer.status === 200, exchange, '200 without a token');
  },
});

const endFault = (actual: string): Failure => ({
  where: 'SIGTERM',
  expected: 'exit code 0 within 10 s',
  actual,
});

const isFast = (startedMs: number) => Date.now() - startedMs <= END_WITHIN_MS;

export const LIFECYCLE_CHECKS: readonly Check[] = [
  answers200('/healthz', 'GET /healthz is 200 while the process runs'),
  answers200('/readyz', 'GET /readyz is 200 once requests may come'),
  {
    id: 'lifecycle.sigterm',
    title: 'On SIGTERM the service ends by itself, with exit code 0, within 10 s',
    rfc: 'process life cycle',
    severity: 'must',
    needsCommand: true,
    run: async (context) => {
      await context.process.restart();
      const { code, signal, durationMs } = await context.process.stop();
      await context.process.start();
      if (code === 0 && durationMs <= END_WITHIN_MS) return [];
      return [endFault(`exit code ${code}, signal ${signal}, after ${durationMs} ms`)];
    },
  },
  {
    id: 'lifecycle.drain',
    title: 'On SIGTERM a request in flight is answered first',
    rfc: 'process life cycle',
    severity: 'must',
    needsCommand: true,
    run: async (context) => {
      const [operation] = context.withJsonBody;
      if (operation === undefined) return [];
      await context.process.restart();
      const token = context.tokens.mint();
      const request = context.requests.build(operation, { token });
      const startedMs = Date.now();
      const outcome = await halfBeforeSignal(context, request);
      const { code } = await context.process.ended();
      const isInTime = isFast(startedMs);
      await context.process.start();
      const answered: Failure = {
        where: `${operation.line}, half of it sent before SIGTERM`,
        expected: 'an answer below 500',
        actual: String(outcome),
        curl: curlOf(request),
      };
      const isAnswered = typeof outcome === 'number' && outcome < 500;
      const ended = isInTime && code === 0 ? [] : [endFault(`exit code ${code}`)];
      return isAnswered ? ended : [answered, ...ended];
    },
  },
];

/** Send the head and half the body, then SIGTERM, then the rest. */
const halfBeforeSignal = async (context: Context, given: HttpRequest): Promise<number | string> => {
  const { method, url, headers, body = '' } = given;
  const middle = Math.floor(body.length / 2);
  const length = String(Buffer.byteLength(body));
  const request = httpRequest(url, {
    method,
    headers: { ...(headers as Record<string, string>), 'content-length': length },
    agent: false,
    signal: AbortSignal.timeout(END_WITHIN_MS),
  });
  const response = once(request, 'response');
  response.catch(() => undefined);
  request.write(body.slice(0, middle));
  await delay(ARRIVE_MS);
  context.process.terminate();
  await delay(ARRIVE_MS);
  request.end(body.slice(middle));
  try {
    const [message] = (await response) as [IncomingMessage];
    message.resume();
    await once(message, 'end');
    return message.statusCode ?? 0;
  } catch (error) {
    return `no answer (${(error as NodeJS.ErrnoException).code})`;
  }
};
