import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { SupportService } from './harness.ts';

interface TicketEvent {
  id: number;
  change: string;
}

/** A page that listens to `GET /tickets/events`; throws unless it is let in. */
export async function listen(service: Pick<SupportService, 'url'>, token: string) {
  const leaving = new AbortController();
  const response = await fetch(`${service.url}/tickets/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: leaving.signal,
  });
  if (response.status !== 200 || !response.body) throw new Error(await response.text());
  const heard: TicketEvent[] = [];
  let hasEnded = false;
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const read = async () => {
    for await (const { event, data } of events) {
      if (event === 'ticket') heard.push(JSON.parse(data));
    }
  };
  const end = () => {
    hasEnded = true;
  };
  read().then(end, end);
  return {
    response,
    heard,
    /** What it heard of one ticket, in order. */
    changesOf: (id: number) => heard.filter((one) => one.id === id).map(({ change }) => change),
    hasEnded: () => hasEnded,
    leave: () => leaving.abort(),
  };
}
