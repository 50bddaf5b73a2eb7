import type { ServerResponse } from 'node:http';

/** What may be wrong with a server that can be reached. `broken` closes the connection. */
export type Trouble = 'ok' | 'broken' | 'hanging' | 'slow' | 'html' | 'error' | 'unavailable';

const SLOW_MS = 1_500;
const PAGE = '<!doctype html><title>Sign in to the network</title>';

/** Answer as this trouble has it; `answer` is what a server without trouble does. */
export const answerDuring = (
  trouble: Trouble,
  response: ServerResponse,
  answer: () => void,
): void => {
  switch (trouble) {
    case 'broken':
      return void response.destroy();
    case 'hanging':
      return;
    case 'slow':
      return void setTimeout(answer, SLOW_MS).unref();
    case 'html':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    case 'error':
      return void response.writeHead(500).end();
    case 'unavailable':
      return void response.writeHead(503, { 'retry-after': '1' }).end();
    default:
      answer();
  }
};
