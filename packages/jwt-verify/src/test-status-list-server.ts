import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { deflateSync } from 'node:zlib';
import { decodeUnverified } from './decode-unverified.ts';
import { KEY_REMOVED, SESSION_REVOKED } from './revocation/change-event.ts';
import type { TestStatusBehavior } from './test-status-lists.ts';

/** Signs as the issuer does, or with a stranger's key under the same `kid`. */
export type SignMessage = (
  typ: string,
  claims: Readonly<Record<string, unknown>>,
  by: 'issuer' | 'stranger',
) => string;

interface TestList {
  /** The index of each change; its number is one more than its place here. */
  readonly changes: number[];
  /** How many changes a `stale` answer has. */
  shown: number;
  used: number;
}

export interface TestListsConfig {
  /** The `iss` of what it signs. */
  readonly issuer: string;
  readonly sign: SignMessage;
  readonly now: () => number;
}

const INDICES = 8192;
const STATE_INTERVAL_MS = 2000;
const TTL_SECONDS = 30;
const LIFETIME_SECONDS = 86_400;

/** Publishes status lists and the stream of their changes. */
export class TestStatusListServer {
  readonly #config: TestListsConfig;
  readonly #lists: TestList[] = [];
  readonly #streams = new Set<ServerResponse>();
  #behavior: TestStatusBehavior = 'well';
  #held: string[] = [];
  #states: NodeJS.Timeout | undefined;

  constructor(config: TestListsConfig) {
    this.#config = config;
    this.open();
  }

  open(): void {
    this.#lists.push({ changes: [], shown: 0, used: 0 });
    this.#sendState();
  }

  /** The claim `status` of the next token. */
  nextStatus(): object {
    if (this.#lists.at(-1)?.used === INDICES) this.open();
    const list = this.#lists.at(-1) as TestList;
    return { status_list: { idx: list.used++, uri: this.#uri(this.#lists.length) } };
  }

  revoke(token: string): void {
    const { id, idx } = this.#entryOf(token);
    const list = this.#lists[id - 1] as TestList;
    list.changes.push(idx);
    const seq = list.changes.length;
    const change = this.#changeOf(id, seq - 1, seq, [idx]);
    if (this.#behavior === 'reordering') this.#held.push(change);
    else if (this.#behavior !== 'losing') this.#send(change);
    if (this.#behavior === 'doubling') this.#send(change);
  }

  forge(token: string): void {
    const { id, idx } = this.#entryOf(token);
    const seq = (this.#lists[id - 1] as TestList).changes.length;
    this.#send(this.#changeOf(id, seq, seq + 1, [idx], 'stranger'));
  }

  sayKeyRemoved(kid: string): void {
    this.#send(this.#eventOf({ [KEY_REMOVED]: { kid } }, this.#config.issuer));
  }

  behave(behavior: TestStatusBehavior): void {
    this.#sendHeld();
    for (const list of this.#lists) list.shown = list.changes.length;
    this.#behavior = behavior;
    if (behavior === 'down') this.cut();
  }

  cut(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  close(): void {
    clearInterval(this.#states);
    this.cut();
  }

  /** Answer a request below the lists' URL; the path comes without it. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (this.#behavior === 'down') response.writeHead(503, { 'retry-after': '1' }).end();
    else if (path === '/events') this.#openStream(request, response);
    else if (path === '') this.#answerAll(response);
    else this.#answerList(Number(path.slice(1)), request, response);
  }

  #answerAll(response: ServerResponse): void {
    const uris = this.#lists.map((_, at) => this.#uri(at + 1));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status_lists: uris }));
  }

  #answerList(id: number, request: IncomingMessage, response: ServerResponse): void {
    const list = this.#lists[id - 1];
    if (list === undefined) return void response.writeHead(404).end();
    const seq = this.#behavior === 'stale' ? list.shown : list.changes.length;
    const bytes = new Uint8Array(INDICES / 8);
    for (const idx of list.changes.slice(0, seq)) {
      bytes[idx >>> 3] = (bytes[idx >>> 3] as number) | (1 << (idx & 7));
    }
    const iat = Math.floor(this.#config.now() / 1000);
    const etag = `"${id}.${seq}"`;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
    const claims = {
      iss: this.#config.issuer,
      sub: this.#uri(id),
      iat,
      exp: iat + LIFETIME_SECONDS,
      ttl: TTL_SECONDS,
      seq,
      status_list: { bits: 1, lst: deflateSync(bytes, { level: 6 }).toString('base64url') },
    };
    response.setHeader('content-type', 'application/statuslist+jwt').setHeader('etag', etag);
    response.setHeader('cache-control', `public, max-age=${TTL_SECONDS}`);
    response.end(this.#config.sign('statuslist+jwt', claims, 'issuer'));
  }

  #openStream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
    this.#states ??= setInterval(() => {
      this.#sendHeld();
      this.#sendState();
    }, STATE_INTERVAL_MS).unref();
    if (this.#behavior === 'silent') return;
    const known = String(request.headers['last-event-id'] ?? '').split(',');
    for (const [id, seq] of known.map((one) => one.split('.').map(Number))) {
      const changes = this.#lists[(id ?? 0) - 1]?.changes.slice(seq) ?? [];
      if (changes.length === 0) continue;
      const all = (seq as number) + changes.length;
      response.write(this.#changeOf(id as number, seq as number, all, changes));
    }
    response.write(this.#state());
  }

  #changeOf(
    id: number,
    after: number,
    seq: number,
    idx: readonly number[],
    by: 'issuer' | 'stranger' = 'issuer',
  ): string {
    const uri = this.#uri(id);
    const change = {
      event_timestamp: Math.floor(this.#config.now() / 1000),
      status_lists: [{ uri, after, seq, idx }],
    };
    return this.#eventOf({ [SESSION_REVOKED]: change }, uri, by);
  }

  #eventOf(events: object, uri: string, by: 'issuer' | 'stranger' = 'issuer'): string {
    const toe = this.#config.now() / 1000;
    const iat = Math.floor(toe);
    const { issuer: iss } = this.#config;
    const claims = { iss, iat, toe, jti: randomUUID(), sub_id: { format: 'uri', uri }, events };
    const message = this.#config.sign('secevent+jwt', claims, by);
    return `event: change\nid: ${this.#eventId()}\ndata: ${message}\n\n`;
  }

  #state(): string {
    const lists = Object.fromEntries(
      this.#lists.map(({ changes }, at) => [at + 1, changes.length]),
    );
    return `event: state\nid: ${this.#eventId()}\ndata: ${JSON.stringify({ lists })}\n\n`;
  }

  #eventId(): string {
    return this.#lists.map(({ changes }, at) => `${at + 1}.${changes.length}`).join(',');
  }

  #send(text: string): void {
    if (this.#behavior === 'silent') return;
    for (const stream of this.#streams) stream.write(text);
  }

  #sendState(): void {
    this.#send(this.#state());
  }

  #sendHeld(): void {
    for (const change of this.#held.reverse()) this.#send(change);
    this.#held = [];
  }

  #uri(id: number): string {
    return `${this.#config.issuer.replace(/\/$/, '')}/status-lists/${id}`;
  }

  #entryOf(token: string): { id: number; idx: number } {
    const { status } = decodeUnverified(token).claims as {
      status?: { status_list?: { idx: number; uri: string } };
    };
    const entry = status?.status_list;
    if (entry === undefined) throw new TypeError('the token has no status: it is in no list');
    return { id: Number(entry.uri.split('/').at(-1)), idx: entry.idx };
  }
}
