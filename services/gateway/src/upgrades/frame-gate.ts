import { Transform, type TransformCallback } from 'node:stream';

const FIN_AND_CLOSE = 0x88;
const OPCODE = 0x0f;
const CLOSE = 0x08;
const MASKED = 0x80;
const GOING_AWAY = 1001;

/**
 * A service's side of a WebSocket connection on its way to the client. It knows where a frame ends
 * (RFC 6455 §5.2), and so where the gateway may say that the connection closes.
 */
export class FrameGate extends Transform {
  #head: number[] = [];
  #payloadLeft = 0;
  #leaving: string | undefined;
  #closed = false;

  /** Says "going away" (1001) at the end of the frame that is under way; nothing follows it. */
  leave(reason: string): void {
    if (this.#closed || this.#leaving !== undefined) return;
    this.#leaving = reason;
    if (this.#isBetweenFrames) this.#close(reason);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!(this.#closed && this.#leaving !== undefined)) this.#pass(chunk);
    done();
  }

  #pass(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at +=
        this.#payloadLeft > 0 ? this.#skipPayload(chunk.length - at) : this.#readHead(chunk, at);
      if (this.#leaving !== undefined && this.#isBetweenFrames) {
        this.push(chunk.subarray(0, at));
        this.#close(this.#leaving);
        return;
      }
    }
    this.push(chunk);
  }

  get #isBetweenFrames(): boolean {
    return this.#head.length === 0 && this.#payloadLeft === 0;
  }

  #skipPayload(available: number): number {
    const skipped = Math.min(this.#payloadLeft, available);
    this.#payloadLeft -= skipped;
    return skipped;
  }

  #readHead(chunk: Buffer, at: number): number {
    this.#head.push(chunk[at] as number);
    const [first = 0, second] = this.#head;
    if (second !== undefined && this.#head.length === headLength(second)) {
      this.#payloadLeft = payloadLength(this.#head, second);
      this.#head = [];
      // The service closes by itself: there is nothing to add to that.
      if ((first & OPCODE) === CLOSE) this.#closed = true;
    }
    return 1;
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const text = Buffer.from(reason);
    const frame = Buffer.alloc(4 + text.length);
    frame.set([FIN_AND_CLOSE, 2 + text.length]);
    frame.writeUInt16BE(GOING_AWAY, 2);
    text.copy(frame, 4);
    this.push(frame);
  }
}

function headLength(second: number): number {
  const short = second & ~MASKED;
  return 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (second & MASKED ? 4 : 0);
}

function payloadLength(head: readonly number[], second: number): number {
  const short = second & ~MASKED;
  if (short < 126) return short;
  const bytes = head.slice(2, short === 126 ? 4 : 10);
  return bytes.reduce((length, byte) => length * 256 + byte, 0);
}
