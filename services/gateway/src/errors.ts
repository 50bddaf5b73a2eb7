import { defineProblems } from '@latchkey/service-kit/http/problems';

/** Problems that the gateway answers itself. */
export const problems = defineProblems({
  invalid_target: { status: 400, detail: 'The request target is not valid.' },
  invalid_host: { status: 400, detail: 'Exactly one valid Host header must be sent.' },
  invalid_framing: {
    status: 400,
    detail: 'The body must be framed by one Content-Length or one Transfer-Encoding, not both.',
  },
  malformed_request: { status: 400, detail: 'The request is not valid HTTP/1.1.' },
  request_timeout: { status: 408, detail: 'The request was not sent in time.' },
  /** For the log only: the response has begun and is aborted. */
  answer_not_read: { status: 408, detail: 'The response was not read in time.' },
  target_too_long: { status: 414, detail: 'The request target is too long.' },
  too_many_connections: {
    status: 429,
    detail: 'Too many connections are open from this address. Try again soon.',
  },
  too_many_requests: {
    status: 429,
    detail: 'Too many requests from this address are in progress. Try again soon.',
  },
  headers_too_large: { status: 431, detail: 'The request has too many or too large headers.' },
  origin_not_allowed: { status: 403, detail: 'This origin may not call this address.' },
  body_too_large: { status: 413, detail: 'The body is too large.' },
  method_not_implemented: { status: 501, detail: 'This method is not supported.' },
  coding_not_implemented: {
    status: 501,
    detail: 'The only supported transfer coding is chunked.',
  },
  upgrade_not_supported: {
    status: 501,
    detail: 'This address does not accept WebSocket connections.',
  },
  too_many_upgrades: {
    status: 429,
    detail: 'Too many WebSocket connections are open from this address. Close some first.',
  },
  upgrades_exhausted: {
    status: 503,
    detail: 'Too many WebSocket connections are open. Try again soon.',
  },
  shutting_down: { status: 503, detail: 'This server is shutting down. Try again soon.' },
  upstream_failed: {
    status: 502,
    detail: 'The service behind this address broke off its response. Try again soon.',
  },
  upstream_unavailable: {
    status: 503,
    detail: 'The service behind this address cannot be reached. Try again soon.',
  },
  overloaded: {
    status: 503,
    detail: 'The service behind this address is overloaded. Try again soon.',
  },
  gateway_overloaded: {
    status: 503,
    detail: 'The gateway is overloaded. Try again soon.',
  },
  upstream_timeout: {
    status: 504,
    detail: 'The service behind this address did not answer in time. Try again soon.',
  },
});
