import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Part, segmentsOf } from './compact.ts';
import { StatusList, type StatusReference } from './status-list.ts';
import { frame, StatusStream } from './status-stream.ts';
import { answerDuring, type Trouble } from './trouble.ts';

/** How long a service may use a list before it asks again; short, so that a run is. */
export const LIST_TTL_SECONDS = 5;
export const LISTS_PATH = '/status-lists';
const LIFETIME_SECONDS = 86_400;
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

export interface StatusListsConfig {
  /** The `iss` of lists and events, below which the lists are. */
  readonly issuer: () => string;
  readonly sign: (typ: string, claims: Part) => string;
}

/** The kit's Token Status Lists and the stream of their changes, by docs/revocation.md of Latchkey. */
export class StatusLists {
  readonly #config: StatusListsConfig;
  readonly #lists: StatusList[] = [];
  readonly stream: StatusStream;
  /** Of the stream. */
  trouble: Trouble = 'ok';

  constructor(config: StatusListsConfig) {
    this.#config = config;
    this.stream = new StatusStream(() => frame('state', this.#eventId(), this.#state()));
  }

  /** A new list: the tokens from now on are in it. */
  open(): StatusList {
    const id = String(this.#lists.length + 1);
    const list = new StatusList(id, `${this.#config.issuer()}${LISTS_PATH}/${id}`);
    this.#lists.push(list);
    return list;
  }

  /** For the claim `status` of the next token. */
  next(): { status_list: StatusReference } {
    const latest = this.#lists.at(-1);
    const list = latest === undefined || latest.isFull ? this.open() : latest;
    return { status_list: list.next() };
  }

  revoke(token: string): void {
    const { idx, uri } = referenceIn(token);
    const list = this.#lists.find((one) => one.uri === uri);
    if (list === undefined) throw new Error(`${uri} is no list of the kit`);
    list.changes.push(idx);
    this.sendEvent(this.#signEvent(list, list.changes.length - 1, [idx]));
  }

  /** What a list says, signed or not. */
  listClaims(list: StatusList, revoked: readonly number[] = list.changes): Record<string, unknown> {
    const iat = nowSeconds();
    return {
      ...{ iss: this.#config.issuer(), sub: list.uri, iat, exp: iat + LIFETIME_SECONDS },
      ...{ ttl: LIST_TTL_SECONDS, seq: list.changes.length, status_list: list.bits(revoked) },
    };
  }

  /** What an event says that the next change of this token's list revokes it. */
  eventClaims(token: string): Record<string, unknown> {
    const { idx, uri } = referenceIn(token);
    const changes = this.#lists.find((one) => one.uri === uri)?.changes ?? [];
    return this.#eventClaims(uri, changes.length, [idx]);
  }

  sendEvent(jws: string): void {
    this.stream.send(frame('change', this.#eventId(), jws));
  }

  /** Answer a request below `LISTS_PATH`; the path comes without it. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (path === '/events') {
      answerDuring(this.trouble, response, () => {
        this.stream.add(response, this.#missed(request));
      });
      return;
    }
    const list = this.#lists.find(({ id }) => `/${id}` === path);
    if (list === undefined) return void response.writeHead(404).end();
    answerDuring(list.trouble, response, () => this.#answerList(list, request, response));
  }

  #answerList(list: StatusList, request: IncomingMessage, response: ServerResponse): void {
    const state = list.forged ?? `${list.id}.${list.changes.length}`;
    const etag = `"${createHash('sha256').update(state).digest('base64url')}"`;
    const headers = { etag, 'cache-control': `public, max-age=${LIST_TTL_SECONDS}` };
    if (request.headers['if-none-match'] === etag)
      return void response.writeHead(304, headers).end();
    response.writeHead(200, { ...headers, 'content-type': 'application/statuslist+jwt' });
    response.end(list.forged ?? this.#config.sign('statuslist+jwt', this.listClaims(list)));
  }

  /** The changes since those that `Last-Event-ID` names: `1.7,2.0`. */
  #missed(request: IncomingMessage): string {
    const known = String(request.headers['last-event-id'] ?? '').split(',');
    return known
      .map((one) => one.split('.'))
      .map(([id, seq]) => {
        const list = this.#lists.find((one) => one.id === id);
        const indices = list?.changes.slice(Number(seq)) ?? [];
        if (list === undefined || indices.length === 0) return '';
        return frame('change', this.#eventId(), this.#signEvent(list, Number(seq), indices));
      })
      .join('');
  }

  #signEvent({ uri }: StatusList, after: number, indices: readonly number[]): string {
    return this.#config.sign('secevent+jwt', this.#eventClaims(uri, after, indices));
  }

  #eventClaims(uri: string, after: number, idx: readonly number[]): Record<string, unknown> {
    const iat = nowSeconds();
    const status_lists = [{ uri, after, seq: after + idx.length, idx }];
    return {
      ...{ iss: this.#config.issuer(), iat, jti: randomUUID(), sub_id: { format: 'uri', uri } },
      events: { [SESSION_REVOKED]: { event_timestamp: iat, status_lists } },
    };
  }

  #state(): string {
    const lists = this.#lists.map(({ id, changes }) => [id, changes.length]);
    return JSON.stringify({ lists: Object.fromEntries(lists) });
  }

  #eventId(): string {
    return this.#lists.map(({ id, changes }) => `${id}.${changes.length}`).join(',');
  }
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const referenceIn = (token: string): StatusReference => {
  const [, payload] = segmentsOf(token);
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).status.status_list;
};
