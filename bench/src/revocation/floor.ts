import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, get } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { deflateSync, inflateSync } from 'node:zlib';
import pg from 'pg';

const CHANNEL = 'bench_floor';
const LIST_BYTES = 16_384;

export interface Floor {
  /** Ms from the answer to NOTIFY to the verified event at a listener. */
  readonly events: readonly number[];
  /** The same, where the event only says that the list changed, and the listener fetches it. */
  readonly fetches: readonly number[];
}

/**
 * The least that a revocation takes on this machine: one NOTIFY, one signature, one bare socket.
 * Beside it what it takes when the listener fetches, inflates and verifies the list instead.
 */
export const measureFloor = async (databaseUrl: string, rounds: number): Promise<Floor> => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = (payload: Buffer) => Buffer.concat([sign('sha256', payload, privateKey), payload]);
  const opened = (message: Buffer, signatureLength: number) => {
    const payload = message.subarray(signatureLength);
    if (!verify('sha256', payload, publicKey, message.subarray(0, signatureLength))) {
      throw new Error('a signature of the floor is wrong');
    }
    return payload;
  };
  // DER signatures differ in length by a byte or two: a message says how long its own is.
  const framed = (payload: Buffer) => {
    const message = signed(payload);
    return Buffer.concat([Buffer.from([message.length - payload.length]), message]);
  };
  const unframed = (frame: Buffer) => opened(frame.subarray(1), frame[0] as number);

  const list = randomBytes(LIST_BYTES).map((byte) => (byte < 3 ? 1 : 0));
  const publisher = new pg.Client({ connectionString: databaseUrl });
  const listener = new pg.Client({ connectionString: databaseUrl });
  await Promise.all([publisher.connect(), listener.connect()]);
  await listener.query(`LISTEN ${CHANNEL}`);

  const events = createServer();
  const lists = createHttpServer((_request, response) => {
    response.end(framed(deflateSync(list, { level: 6 })));
  });
  const [eventsPort, listsPort] = await Promise.all([listen(events), listen(lists)]);
  const connection = once(events, 'connection');
  const receiver = connect(eventsPort, '127.0.0.1').setNoDelay();
  const [sender] = await connection;
  sender.setNoDelay();
  listener.on('notification', ({ payload = '' }) => sender.write(framed(Buffer.from(payload))));

  const timeOne = async (then: () => unknown): Promise<number> => {
    const arrived = once(receiver, 'data');
    const notified = publisher.query('SELECT pg_notify($1, $2)', [CHANNEL, '{"list":7,"idx":[1]}']);
    const answered = notified.then(() => performance.now());
    unframed((await arrived)[0]);
    await then();
    const doneMs = performance.now();
    return Math.max(0, doneMs - (await answered));
  };
  const fetchList = async () => {
    const response = get({ port: listsPort, host: '127.0.0.1' });
    const [answer] = await once(response, 'response');
    return inflateSync(unframed(await buffer(answer)), { maxOutputLength: LIST_BYTES });
  };
  const measured: Floor = { events: [], fetches: [] };
  for (let round = 0; round < rounds; round++) {
    (measured.events as number[]).push(await timeOne(() => undefined));
    (measured.fetches as number[]).push(await timeOne(fetchList));
  }
  receiver.destroy();
  events.close();
  lists.close();
  await Promise.all([publisher.end(), listener.end()]);
  return measured;
};

const listen = async (server: Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};
