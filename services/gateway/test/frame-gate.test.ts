import { expect, test } from 'vitest';
import { FrameGate } from '../src/upgrades/frame-gate.ts';

const CLOSE_1001 = Buffer.from([0x88, 6, 0x03, 0xe9, ...Buffer.from('stop')]);

/** A server's text frame (RFC 6455 §5.2), with whatever bytes as payload. */
function frame(length: number): Buffer {
  const head =
    length < 126
      ? [0x81, length]
      : length < 65_536
        ? [0x81, 126, 0, 0]
        : [0x81, 127, ...Array(8).fill(0)];
  const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(length, 0x88)]);
  if (head[1] === 126) bytes.writeUInt16BE(length, 2);
  if (head[1] === 127) bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** What leaves a gate that is closed after the first `cut` bytes. */
async function passed(bytes: Buffer, cut: number): Promise<Buffer> {
  const gate = new FrameGate({ highWaterMark: 1_000_000 });
  const out: Buffer[] = [];
  gate.on('data', (chunk) => out.push(chunk));
  const write = (part: Buffer) => new Promise((resolve) => gate.write(part, resolve));
  await write(bytes.subarray(0, cut));
  gate.leave('stop');
  await write(bytes.subarray(cut));
  await new Promise((resolve) => gate.end(resolve));
  return Buffer.concat(out);
}

test('closed at any byte, it ends at the end of a frame, and nothing follows', async () => {
  const frames = [0, 1, 125, 126, 300, 2].map(frame);
  const bytes = Buffer.concat(frames);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    let end = 0;
    for (const one of frames) if (end < cut) end += one.length;
    expect(await passed(bytes, cut)).toEqual(Buffer.concat([bytes.subarray(0, end), CLOSE_1001]));
  }
});

test('reads lengths of eight bytes', async () => {
  const bytes = Buffer.concat([frame(70_000), frame(3)]);
  for (const cut of [1, 2, 9, 10, 11, 70_009]) {
    const expected = Buffer.concat([frame(70_000), CLOSE_1001]);
    expect((await passed(bytes, cut)).equals(expected)).toBe(true);
  }
});

test('adds nothing to a close of the service itself', async () => {
  const close = Buffer.from([0x88, 2, 0x0f, 0xa1]);
  for (const cut of [2, 3, 4]) {
    expect(await passed(close, cut)).toEqual(close);
  }
});
