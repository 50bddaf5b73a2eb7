import { setTimeout as delay } from 'node:timers/promises';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { Upstreams } from '../upstreams/upstreams.ts';
import type { Caller } from './authorization-server.ts';
import type { TokensOfSessions } from './session-tokens.ts';

/** For one service's token, when it is not here yet. */
const WAIT_MS = 2_000;

export const linkSchema = z.object({
  service: z.string(),
  name: z.object({ en: z.string(), zh: z.string() }),
  path: z.string(),
  icon: z.string().optional(),
});

type Link = z.output<typeof linkSchema>;

interface Dependencies {
  upstreams: { all: readonly Pick<Upstreams['all'][number], 'name' | 'members'>[] };
  tokens: Pick<TokensOfSessions, 'find'>;
}

export type LinksOf = (secret: string, caller: Caller) => Promise<Link[]>;

/**
 * The pages of services that a person may use. What a scope is needed for is looked up in the token that the
 * service would get anyway; while auth-service does not answer, such a link is left out.
 */
export function sessionLinks({ upstreams, tokens }: Dependencies): LinksOf {
  const scopesAt = async (
    scope: string | undefined,
    secret: string,
    caller: Caller,
  ): Promise<readonly string[] | undefined> => {
    if (scope === undefined) return [];
    const finding = tokens.find(secret, scope, caller).catch((error: unknown) => {
      if (!(error instanceof UpstreamError)) throw error;
    });
    const found = await Promise.race([finding, delay(WAIT_MS, undefined, { ref: false })]);
    if (found === undefined) return undefined;
    return typeof found === 'string' ? [] : String(decodeJwt(found.token).scope).split(' ');
  };

  return async (secret, caller) => {
    const links: Link[] = [];
    let isAway = false;
    // One after the other: a session's tokens are fetched by one request at a time.
    for (const { name: service, members } of upstreams.all) {
      if (!members.app) continue;
      const { scope, ...app } = members.app;
      if (scope !== undefined) {
        const scopes: readonly string[] | undefined = isAway
          ? undefined
          : await scopesAt(members.scope, secret, caller);
        isAway = scopes === undefined;
        if (!scopes?.includes(scope)) continue;
      }
      links.push({ service, ...app });
    }
    return links;
  };
}
