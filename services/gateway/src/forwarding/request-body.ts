import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { problems } from '../errors.ts';

/**
 * A client's body on its way to a service. It stands between the two so that the end of the one is
 * not the end of the other: whatever becomes of the service, the client's connection stays to be answered.
 */
export class RequestBody extends Transform {
  #bytesLeft: number;

  constructor(req: IncomingMessage, maxBytes: number) {
    super();
    this.#bytesLeft = maxBytes;
    req.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytesLeft -= chunk.length;
    if (this.#bytesLeft < 0) done(problems.body_too_large());
    else done(null, chunk);
  }
}
