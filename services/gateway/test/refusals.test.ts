import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { gatewayTo, parseRaw, sendRaw } from './harness.ts';

const get = (target: string, more = '') =>
  `GET ${target} HTTP/1.1\r\nHost: a.example\r\n${more}Connection: close\r\n\r\n`;
const post = (headers: string, body = '') =>
  `POST /todo HTTP/1.1\r\nHost: a.example\r\n${headers}Connection: close\r\n\r\n${body}`;
const host = (lines: string) => `GET /todo HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

describe('refused before any service sees it', () => {
  test.each<[string, string, number, string]>([
    ['encoded traversal', get('/todo/%2e%2e/metrics'), 400, 'invalid_target'],
    ['encoded traversal in capitals', get('/todo/%2E%2E/metrics'), 400, 'invalid_target'],
    ['half-encoded traversal', get('/todo/.%2e/metrics'), 400, 'invalid_target'],
    ['plain traversal', get('/todo/../metrics'), 400, 'invalid_target'],
    ['traversal at the end', get('/todo/..'), 400, 'invalid_target'],
    ['a dot segment', get('/todo/./1'), 400, 'invalid_target'],
    ['traversal with a parameter', get('/todo/..;/metrics'), 400, 'invalid_target'],
    ['traversal with a named parameter', get('/todo/..;a=b/metrics'), 400, 'invalid_target'],
    ['traversal with a parameter at the end', get('/todo/..;x'), 400, 'invalid_target'],
    ['a dot segment with a parameter', get('/todo/.;x/1'), 400, 'invalid_target'],
    ['traversal with an encoded parameter', get('/todo/..%3b/metrics'), 400, 'invalid_target'],
    ['traversal, all of it encoded', get('/todo/%2e%2e%3Bx/metrics'), 400, 'invalid_target'],
    ['traversal encoded twice', get('/todo/%252e%252e/metrics'), 400, 'invalid_target'],
    ['a slash encoded three times', get('/todo/x%25252fmetrics'), 400, 'invalid_target'],
    ['a parameter encoded twice', get('/todo/..%253b/metrics'), 400, 'invalid_target'],
    ['a dot in overlong UTF-8', get('/todo/%c0%ae%c0%ae/metrics'), 400, 'invalid_target'],
    ['an escape that is not UTF-8', get('/todo/%ff'), 400, 'invalid_target'],
    ['an encoded slash', get('/todo/1%2f2'), 400, 'invalid_target'],
    ['an encoded backslash', get('/todo/1%5C2'), 400, 'invalid_target'],
    ['a backslash', get('/todo\\..\\metrics'), 400, 'invalid_target'],
    ['an encoded NUL', get('/todo/%00'), 400, 'invalid_target'],
    ['an encoded line end', get('/todo/%0d%0aX:1'), 400, 'invalid_target'],
    ['an incomplete escape', get('/todo/%zz'), 400, 'invalid_target'],
    ['a fragment', get('/todo#x'), 400, 'invalid_target'],
    ['bytes that are not ASCII', get('/todo/\xe9'), 400, 'malformed_request'],
    ['an absolute target', get('http://a.example/todo'), 400, 'invalid_target'],
    ['an absolute target elsewhere', get('http://127.0.0.1:22/'), 400, 'invalid_target'],
    ['the asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_target'],
    ['a long target', get(`/todo/${'x'.repeat(8192)}`), 414, 'target_too_long'],
    ['large headers', get('/todo', `X-Big: ${'x'.repeat(20_000)}\r\n`), 431, 'headers_too_large'],
    ['many headers', get('/todo', 'X-A: 1\r\n'.repeat(101)), 431, 'headers_too_large'],
    ['two Hosts', host('Host: a.example\r\nHost: b.example\r\n'), 400, 'invalid_host'],
    ['an equal Host twice', host('Host: a.example\r\nhost: a.example\r\n'), 400, 'invalid_host'],
    ['an empty Host', host('Host: \r\n'), 400, 'invalid_host'],
    ['a Host with a path', host('Host: a.example/x\r\n'), 400, 'invalid_host'],
    ['a Host with a user', host('Host: a@b.example\r\n'), 400, 'invalid_host'],
    [
      'Content-Length and Transfer-Encoding',
      post(`Content-Length: 4\r\n${CHUNKED}`, '0\r\n\r\n'),
      400,
      'invalid_framing',
    ],
    [
      'Transfer-Encoding and Content-Length',
      post(`${CHUNKED}Content-Length: 4\r\n`, '0\r\n\r\n'),
      400,
      'invalid_framing',
    ],
    [
      'two lengths',
      post('Content-Length: 4\r\nContent-Length: 5\r\n', 'abcde'),
      400,
      'invalid_framing',
    ],
    ['a signed length', post('Content-Length: +4\r\n', 'abcd'), 400, 'invalid_framing'],
    ['a hexadecimal length', post('Content-Length: 0x4\r\n', 'abcd'), 400, 'invalid_framing'],
    [
      'a coding after chunked',
      post('Transfer-Encoding: chunked, gzip\r\n'),
      400,
      'invalid_framing',
    ],
    [
      'a coding beside chunked',
      post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
      501,
      'coding_not_implemented',
    ],
    ['chunked in HTTP/1.0', `POST /todo HTTP/1.0\r\nHost: a\r\n${CHUNKED}\r\n0\r\n\r\n`, 400, '*'],
    ['a space before the colon', get('/todo', 'X-A : 1\r\n'), 400, 'malformed_request'],
    ['a folded header', get('/todo', 'X-A: 1\r\n\tb\r\n'), 400, 'malformed_request'],
    ['a bare line feed', 'GET /todo HTTP/1.1\nHost: a\n\n', 400, 'malformed_request'],
    ['nonsense', 'hello\r\n\r\n', 400, 'malformed_request'],
    ['TRACE', 'TRACE /todo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 501, '*'],
    ['a body over the limit', post('Content-Length: 65537\r\n'), 413, 'body_too_large'],
  ])('%s', async (_name, bytes, status, code) => {
    const asked: string[] = [];
    const { port } = await gatewayTo((req, res) => {
      asked.push(req.url ?? '');
      res.end();
    });
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    socket.write(bytes, 'latin1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.includes('"code"')) socket.end();
    });
    await once(socket, 'close');
    const { status: got, headers, body } = parseRaw(answer);
    expect([got, headers['content-type']]).toEqual([status, 'application/problem+json']);
    expect(JSON.parse(body)).toMatchObject({ status, ...(code === '*' ? {} : { code }) });
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(asked).toEqual([]);
  });

  test('CONNECT gets no tunnel', async () => {
    const { port } = await gatewayTo((_req, res) => res.end());
    expect(await sendRaw(port, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
  });
});

test('a request without Host is refused by Node itself', async () => {
  const { port } = await gatewayTo((_req, res) => res.end('served'));
  const answer = await sendRaw(port, host(''));
  expect(parseRaw(answer).status).toBe(400);
  expect(answer).not.toContain('served');
});
