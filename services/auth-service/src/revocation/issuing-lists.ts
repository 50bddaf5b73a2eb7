import type { Log } from '@latchkey/service-kit/process/log';
import { problems } from '../errors.ts';
import { endOfIssuing, IssuingList, LIST_SIZE } from './issuing-list.ts';
import type { IssuingListRepository } from './issuing-list-repository.ts';
import type { StatusPlace } from './status-place.ts';

/** Between the two a login may wait for its turn and have its password hashed. */
const READY_AHEAD_MS = 60_000;
/** The clock of another instance, or of a verifier, may run behind. */
const EXPIRY_SLACK_MS = 60_000;

interface Dependencies {
  log: Log;
  /** The longest that an access token is good for. */
  accessTokenSeconds: number;
  now: () => number;
}

/** The status lists that this instance issues tokens from. */
export interface IssuingLists {
  /** In the background, once this instance serves: one that fails at every start leaves no lists behind. */
  openFirst(): void;
  /** There is a list to take from; when none was opened ahead, one is opened now. */
  ready(): Promise<void>;
  /** A place that no other token has. @throws Problem `no_status_list` when `ready` was not asked */
  take(): StatusPlace;
  /** Lets the lists go as soon as their last token has expired. */
  close(): Promise<void>;
}

/** Opens each next list before it is needed. */
export function openIssuingLists(
  lists: IssuingListRepository,
  { log, accessTokenSeconds, now }: Dependencies,
): IssuingLists {
  /** The one in use, then the next. */
  let open: IssuingList[] = [];
  let opening: Promise<void> | undefined;
  let closing = Promise.resolve();
  const lastTokenEnd = (issuingEndsMs: number) =>
    new Date(issuingEndsMs + accessTokenSeconds * 1000 + EXPIRY_SLACK_MS);

  const openOne = async () => {
    const openedMs = now();
    const expiresAt = lastTokenEnd(endOfIssuing(openedMs));
    const id = await lists.open({ size: LIST_SIZE, createdAt: new Date(openedMs), expiresAt });
    open.push(new IssuingList(id, openedMs));
  };
  const openNext = () => {
    opening ??= openOne().finally(() => {
      opening = undefined;
    });
    return opening;
  };
  const openInBackground = () =>
    void openNext().catch((err: unknown) => log.warn({ err }, 'no status list opened yet'));

  const closeList = (list: IssuingList) => {
    closing = closing
      .then(() =>
        list.isUnused ? lists.remove(list.id) : lists.bringEndForward(list.id, lastTokenEnd(now())),
      )
      // It goes all the same, at the time that was set when it opened.
      .catch((err: unknown) => log.warn({ err }, 'status list not closed early'));
  };
  const leaveEnded = () => {
    const isOpen = (list: IssuingList) => list.isOpen(now());
    for (const list of open) if (!isOpen(list)) closeList(list);
    open = open.filter(isOpen);
  };

  return {
    openFirst: openInBackground,
    async ready() {
      leaveEnded();
      if (!open.some((list) => list.isOpen(now() + READY_AHEAD_MS))) await openNext();
      else if (open.at(-1)?.isNearItsEnd(now())) openInBackground();
    },
    take() {
      leaveEnded();
      const [list] = open;
      if (!list) throw problems.no_status_list({ headers: { 'Retry-After': '1' } });
      return { listId: list.id, index: list.take() };
    },
    async close() {
      await opening?.catch(() => undefined);
      for (const list of open) closeList(list);
      open = [];
      await closing;
    },
  };
}
