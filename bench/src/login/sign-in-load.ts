import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Each person from a different one, as in life. */
  readonly address: string;
}

const REDIRECT_URI = 'https://app.example/callback';
const VERIFIER = randomBytes(32).toString('base64url');
const CLIENT = 'bench-app';

const AUTHORIZATION = new URLSearchParams({
  response_type: 'code',
  client_id: CLIENT,
  redirect_uri: REDIRECT_URI,
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  code_challenge_method: 'S256',
});

/** One of ours, for which nobody is asked for consent, with refresh tokens as at the password grant. */
export const APP = {
  client_id: CLIENT,
  name: 'Bench',
  authentication: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  scopes: ['account:read', 'account:write', 'todo:read', 'todo:write'],
  redirect_uris: [REDIRECT_URI],
  firstParty: true,
};

/** A browser with the sign-in page open. */
interface Visitor extends Credentials {
  readonly cookie: string;
  readonly formToken: string;
}

/** People who send the form of the sign-in page and whose app exchanges the code, over and over. */
export class SignInLoad {
  readonly #sockets: readonly Socket[];
  readonly #visitors: readonly Visitor[];
  #next = 0;

  private constructor(sockets: readonly Socket[], visitors: readonly Visitor[]) {
    this.#sockets = sockets;
    this.#visitors = visitors;
  }

  static async open(
    port: number,
    atOnce: number,
    people: readonly Credentials[],
  ): Promise<SignInLoad> {
    const sockets = Array.from({ length: atOnce }, () => connect(port, '127.0.0.1').setNoDelay());
    const [first] = sockets as [Socket];
    const visitors: Visitor[] = [];
    for (const person of people) visitors.push(await visit(first, person));
    return new SignInLoad(sockets, visitors);
  }

  async perSecond(durationMs: number): Promise<number> {
    const start = performance.now();
    const work = async (socket: Socket) => {
      let count = 0;
      for (; performance.now() - start < durationMs; count++) {
        const visitor = this.#visitors[this.#next++ % this.#visitors.length] as Visitor;
        await signIn(socket, visitor);
      }
      return count;
    };
    const counts = await Promise.all(this.#sockets.map(work));
    const total = counts.reduce((sum, count) => sum + count, 0);
    return total / ((performance.now() - start) / 1000);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function visit(socket: Socket, person: Credentials): Promise<Visitor> {
  const page = await ask(socket, `GET /sign-in?${AUTHORIZATION} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const cookie = found(/set-cookie: ([^;]+)/i, page);
  return { ...person, cookie, formToken: found(/name="form_token" value="([^"]+)"/, page) };
}

async function signIn(socket: Socket, visitor: Visitor): Promise<void> {
  const { username, password, formToken, cookie, address } = visitor;
  const headers = [`Cookie: ${cookie}`, `X-Forwarded-For: ${address}`];
  const given = { form_token: formToken, username, password };
  const page = await ask(socket, post(`/sign-in?${AUTHORIZATION}`, given, headers));
  const form = {
    grant_type: 'authorization_code',
    client_id: CLIENT,
    redirect_uri: REDIRECT_URI,
    code: found(/[?&;]code=([\w-]+)/, page),
    code_verifier: VERIFIER,
  };
  found(/"access_token":"([^"]+)"/, await ask(socket, post('/token', form, headers.slice(1))));
}

function post(path: string, form: Record<string, string>, headers: readonly string[]): string {
  const body = String(new URLSearchParams(form));
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** The whole answer, which must be 200. */
function ask(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const receive = (data: Buffer) => {
      answer += data.toString('latin1');
      const head = answer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer.slice(0, head))?.[1] ?? 0);
      if (answer.length < head + 4 + length) return;
      socket.off('data', receive);
      if (answer.startsWith('HTTP/1.1 200')) resolve(answer);
      else reject(new Error(answer));
    };
    socket.on('data', receive);
    socket.write(request);
  });
}

function found(pattern: RegExp, text: string): string {
  const [, value] = pattern.exec(text) ?? [];
  if (value === undefined) throw new Error(`no ${pattern} in ${text}`);
  return value;
}
