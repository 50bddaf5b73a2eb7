/** A called service did not answer: unreachable, too slow, or failing. */
export class UpstreamError extends Error {
  readonly service: string;
  readonly reason: 'unreachable' | 'timeout' | 'failed' | 'invalid';

  constructor(service: string, reason: UpstreamError['reason'], cause?: unknown) {
    super(`${service}: ${reason}`, { cause });
    this.name = 'UpstreamError';
    this.service = service;
    this.reason = reason;
  }
}
