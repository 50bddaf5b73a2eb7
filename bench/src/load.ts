import { connect, type Socket } from 'node:net';

const CONNECTIONS = 12;

/** `Accept` and `Authorization` as a client sends them, so that parsing costs what it costs. */
export const getWithToken = (path: string, token: string): Buffer =>
  Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );

/** Keep-alive connections that send the given requests in turn, over and over. */
export class Load {
  readonly #sockets: Socket[];
  #next = 0;

  private constructor(sockets: Socket[]) {
    this.#sockets = sockets;
  }

  static async open(port: number, connections = CONNECTIONS): Promise<Load> {
    const sockets = Array.from({ length: connections }, () =>
      connect(port, '127.0.0.1').setNoDelay(),
    );
    await Promise.all(sockets.map((socket) => new Promise((open) => socket.once('connect', open))));
    return new Load(sockets);
  }

  /** Ask for `durationMs`; rejects when an answer is not 200. */
  async run(
    requests: readonly Buffer[],
    durationMs: number,
  ): Promise<{ count: number; seconds: number }> {
    const start = performance.now();
    const end = start + durationMs;
    const counts = await Promise.all(
      this.#sockets.map((socket) => this.#ask(socket, requests, end)),
    );
    const seconds = (performance.now() - start) / 1000;
    return { count: counts.reduce((sum, count) => sum + count, 0), seconds };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #ask(socket: Socket, requests: readonly Buffer[], end: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let count = 0;
      let bytesMissing = 0;
      const send = () => socket.write(requests[this.#next++ % requests.length] as Buffer);
      // Nothing is pipelined: when an answer is complete, the next packet begins another.
      const receive = (data: Buffer) => {
        if (bytesMissing > 0) bytesMissing -= data.length;
        else if (data.toString('latin1', 9, 12) !== '200') return reject(new Error(String(data)));
        else bytesMissing = bytesAfter(data);
        if (bytesMissing > 0) return;
        count++;
        if (performance.now() < end) return void send();
        socket.off('data', receive);
        resolve(count);
      };
      socket.on('data', receive);
      send();
    });
  }
}

/** How much of an answer's body the packet with its head does not hold. */
const bytesAfter = (data: Buffer): number => {
  const end = data.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(data.toString('latin1', 0, end))?.[1];
  return end + 4 + Number(length ?? 0) - data.length;
};
