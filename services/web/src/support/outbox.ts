import { useSyncExternalStore } from 'react';

/** A message that the service has not accepted yet. */
export interface OutgoingMessage {
  key: string;
  text: string;
  writtenAt: string;
  /** Absent while it is on its way. */
  failure?: 'closed' | 'not_sent';
}

const NONE: readonly OutgoingMessage[] = [];
const outboxes = new Map<string, readonly OutgoingMessage[]>();
const listeners = new Set<() => void>();

const keyOf = (ticketId: string) => `latchkey-outbox:${ticketId}`;

/** Kept in this tab over a sign-in or a reload; what was on its way then counts as not sent. */
function read(ticketId: string): readonly OutgoingMessage[] {
  const known = outboxes.get(ticketId);
  if (known) return known;
  const kept = parse(sessionStorage.getItem(keyOf(ticketId)));
  const outbox = kept.map((message) => ({ failure: 'not_sent' as const, ...message }));
  outboxes.set(ticketId, outbox.length > 0 ? outbox : NONE);
  return read(ticketId);
}

function parse(kept: string | null): OutgoingMessage[] {
  try {
    return JSON.parse(kept ?? '[]') as OutgoingMessage[];
  } catch {
    return [];
  }
}

function write(ticketId: string, outbox: readonly OutgoingMessage[]): void {
  outboxes.set(ticketId, outbox);
  if (outbox.length > 0) sessionStorage.setItem(keyOf(ticketId), JSON.stringify(outbox));
  else sessionStorage.removeItem(keyOf(ticketId));
  for (const listener of listeners) listener();
}

const others = (ticketId: string, key: string) =>
  read(ticketId).filter((message) => message.key !== key);

/** Puts it last, as one that is on its way: a new message or another try. */
export function postMessage(ticketId: string, text: string, key: string = crypto.randomUUID()) {
  const message = { key, text, writtenAt: new Date().toISOString() };
  write(ticketId, [...others(ticketId, key), message]);
  return message;
}

export const dropMessage = (ticketId: string, key: string): void =>
  write(ticketId, others(ticketId, key));

export function failMessage(
  ticketId: string,
  key: string,
  failure: NonNullable<OutgoingMessage['failure']>,
): void {
  write(
    ticketId,
    read(ticketId).map((message) => (message.key === key ? { ...message, failure } : message)),
  );
}

export const useOutbox = (ticketId: string): readonly OutgoingMessage[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => read(ticketId),
  );
