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
  two_credentials: {
    status: 400,
    detail: 'Send either the session cookie or an Authorization header, not both.',
  },
  insecure_origin: {
    status: 400,
    detail:
      'Signing in needs https here: browsers keep session cookies safe on https and localhost.',
  },
  sign_in_unknown: {
    status: 400,
    detail: 'This sign-in has expired or was not begun in this browser. Start again.',
  },
  sign_in_failed: { status: 400, detail: 'The sign-in was not completed. Start again.' },
  not_signed_in: { status: 401, detail: 'Not signed in.' },
  cross_site_request: {
    status: 403,
    detail: 'Pages of other sites cannot use the session of this browser.',
  },
  csrf_header_missing: {
    status: 403,
    detail: 'Requests that use the session cookie must send the header Latchkey-CSRF: 1.',
  },
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
  session_unavailable: {
    status: 503,
    detail: 'The session of this browser cannot be looked up right now. Try again soon.',
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
