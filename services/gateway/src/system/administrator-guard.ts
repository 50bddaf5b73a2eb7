import { defineGuard, type Guard } from '@latchkey/jwt-verify/express';
import { networkOf } from '@latchkey/service-kit/http/client-network';
import { problems as commonProblems, Problem } from '@latchkey/service-kit/http/problems';
import { contextHeaders } from '@latchkey/service-kit/http/request-context';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import type { Request, Response } from 'express';
import { problems } from '../errors.ts';
import { isTokenRefused } from '../forwarding/response-headers.ts';
import type { ForwardedInfo } from '../intake/forwarded-info.ts';
import type { SessionGate, SessionToken } from '../sessions/session-gate.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';

/** What auth-service lets administrators alone read; of this, as little as there is. */
const QUESTION = '/admin/users?limit=1';
const TIMEOUT_MS = 2_000;
/** Of auth-service's refusals, which are short. */
const MAX_BYTES = 64 * 1024;
/** What a client needs of a refusal. */
const PASSED_ON = ['content-type', 'www-authenticate', 'cache-control', 'retry-after'];

interface Dependencies {
  upstreams: Pick<Upstreams, 'find'>;
  /** Absent where nobody signs in by browser. */
  gate: SessionGate | undefined;
  forwardedOf: (req: Request) => ForwardedInfo;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/**
 * Lets those pass who administer at this moment, with a sign-in that is recent and strong enough: auth-service
 * is asked, by its own rules, with the caller's token or that of the session. What it refuses is passed on as it is.
 */
export function administratorGuard({ upstreams, gate, forwardedOf }: Dependencies): Guard {
  const tokenOf = async (
    req: Request,
    res: Response,
    upstream: Upstream,
  ): Promise<SessionToken | undefined> => {
    const use = gate?.useOf(req) ?? 'none';
    if (use instanceof Problem) throw use;
    if (!gate || use === 'none') return undefined;
    const answerWith = (name: string, value: string) => void res.append(name, value);
    const { scope } = upstream.members;
    const { address } = forwardedOf(req);
    return gate.tokenFor(
      { req, context: req.context, answerWith },
      { secret: use.secret, scope, address },
    );
  };

  return defineGuard<Request, Response>(async (req, res, next) => {
    const upstream = upstreams.find(QUESTION.split('?')[0] as string)?.upstream;
    if (!upstream) throw commonProblems.not_found();
    const session = await tokenOf(req, res, upstream);
    const authorization = session?.token ? `Bearer ${session.token}` : req.headers.authorization;
    const { address } = forwardedOf(req);
    const headers = {
      ...contextHeaders(req.context),
      host: upstream.host,
      'x-forwarded-for': address,
      'user-agent': req.headers['user-agent'] ?? 'unknown',
      ...(authorization === undefined ? {} : { authorization }),
    };
    const answer = await ask(upstream, networkOf(address), headers);
    if (answer.status === 200) {
      next();
      return;
    }
    if (answer.status < 400 || answer.status >= 500) {
      throw new UpstreamError('auth-service', 'failed', new Error(`status ${answer.status}`));
    }
    if (answer.status === 401 && isTokenRefused(answer.headers)) session?.onUnauthorized();
    for (const name of PASSED_ON) {
      const value = answer.headers[name];
      if (value !== undefined) res.setHeader(name, value);
    }
    res.status(answer.status).end(answer.text);
  });
}

/** Takes a place at the instance, as the client's own request to it would. */
async function ask(
  upstream: Upstream,
  network: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const instance = upstream.pick();
  if (!instance) throw new UpstreamError('auth-service', 'unreachable');
  if (!instance.places.take(network)) {
    throw problems.too_many_requests({ headers: { 'Retry-After': '2' } });
  }
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await instance.request({ method: 'GET', path: QUESTION, headers, signal });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: await readText(answer.body),
    };
  } catch (error) {
    throw new UpstreamError('auth-service', 'unreachable', error);
  } finally {
    instance.places.giveBack(network);
  }
}

/** @throws Error for more than is passed on */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop ends the body.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
