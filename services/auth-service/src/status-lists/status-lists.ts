import type { Log } from '@latchkey/service-kit/process/log';
import { problems } from '../errors.ts';
import type { Signing } from '../keys/signing.ts';
import { changeEvents } from './change-event.ts';
import { type ListToken, listTokens } from './list-tokens.ts';
import { listUri } from './list-uri.ts';
import { openStatusFeed, type StatusFeed } from './status-feed.ts';
import type { StatusListRepository } from './status-list-repository.ts';
import { type StatusStream, statusStream } from './status-stream.ts';

interface Dependencies {
  issuer: string;
  signing: Pick<Signing, 'signer' | 'keys'>;
  retainKeysMs: number | undefined;
  listenerLimit: number;
  log: Log;
  now: () => number;
}

/** What this instance publishes of which tokens are revoked. */
export interface StatusLists {
  /** The addresses of the live lists. @throws Problem `status_lists_unknown` */
  uris(): string[];
  /** Undefined for no live list. @throws Problem `status_lists_unknown`, `signing_unavailable` */
  token(id: number): Promise<ListToken | undefined>;
  stream: StatusStream;
  feed: Pick<StatusFeed, 'ageMs' | 'isCurrent'>;
  close(): Promise<void>;
}

export function openStatusLists(
  repository: StatusListRepository,
  { issuer, signing, retainKeysMs, listenerLimit, log, now }: Dependencies,
): StatusLists {
  const { signer, keys } = signing;
  const tokens = listTokens({ issuer, signer, readAt: () => feed.readAt() });
  const stream = statusStream({
    events: changeEvents({ issuer, signer, now }),
    signer,
    refreshKeys: async () => keys?.ring.refresh(),
    isCurrent: () => feed.isCurrent(),
    limit: listenerLimit,
    log,
  });
  const feed: StatusFeed = openStatusFeed(
    repository,
    {
      ...stream.heard,
      onChange(list, change) {
        stream.heard.onChange(list, change);
        // Ahead of the requests for it; one that comes earlier waits for the same.
        void tokens.get(list).catch(() => undefined);
      },
    },
    { retainKeysMs, log, now },
  );

  const known = () => {
    const lists = feed.lists();
    if (!lists) throw problems.status_lists_unknown({ headers: { 'Retry-After': '1' } });
    return lists;
  };
  return {
    uris: () => [...known().keys()].map((id) => listUri(issuer, id)),
    async token(id) {
      const list = known().get(id);
      return list && (await tokens.get(list));
    },
    stream,
    feed,
    close: feed.close,
  };
}
