import { arrivedKeys } from '../api/arrived.ts';
import { type TabList, tabList } from '../api/tab-list.ts';
import type { Message } from './ticket-queries.ts';

/** A message that the service has not accepted yet. */
export interface OutgoingMessage {
  key: string;
  text: string;
  writtenAt: string;
  /** Absent while it is on its way. */
  failure?: 'closed' | 'not_sent';
}

type Outbox = TabList<OutgoingMessage>;

const outboxes = new Map<string, Outbox>();
/** Messages that belong to one that this page sent. */
const acceptedIds = new Set<number>();

/** What was on its way when the page went away counts as not sent. */
function outboxOf(ticketId: string): Outbox {
  const known = outboxes.get(ticketId);
  if (known) return known;
  const outbox = tabList<OutgoingMessage>(`outbox:${ticketId}`, (message) => ({
    failure: 'not_sent' as const,
    ...message,
  }));
  outboxes.set(ticketId, outbox);
  return outbox;
}

const others = (ticketId: string, key: string) =>
  outboxOf(ticketId)
    .read()
    .filter((message) => message.key !== key);

/** Puts it last, as one that is on its way: a new message or another try. */
export function postMessage(ticketId: string, text: string, key: string = crypto.randomUUID()) {
  // Of another try, the time of the first: that one may have arrived.
  const { writtenAt = new Date().toISOString() } =
    outboxOf(ticketId)
      .read()
      .find((known) => known.key === key) ?? {};
  const message: OutgoingMessage = { key, text, writtenAt };
  outboxOf(ticketId).write([...others(ticketId, key), message]);
  return message;
}

export const dropMessage = (ticketId: string, key: string): void =>
  outboxOf(ticketId).write(others(ticketId, key));

export function acceptMessage(ticketId: string, key: string, { id }: Message): void {
  acceptedIds.add(id);
  dropMessage(ticketId, key);
}

export function failMessage(
  ticketId: string,
  key: string,
  failure: NonNullable<OutgoingMessage['failure']>,
): void {
  const outbox = outboxOf(ticketId);
  outbox.write(
    outbox.read().map((message) => (message.key === key ? { ...message, failure } : message)),
  );
}

/** @param own the person's messages; one of them may be what seems not to have been sent */
export function dropArrived(ticketId: string, own: readonly Message[]): void {
  const failed = outboxOf(ticketId)
    .read()
    .filter(({ failure }) => failure);
  const unclaimed = own.filter(({ id }) => !acceptedIds.has(id));
  for (const key of arrivedKeys(failed, unclaimed)) dropMessage(ticketId, key);
}

export const useOutbox = (ticketId: string): readonly OutgoingMessage[] =>
  outboxOf(ticketId).useItems();
