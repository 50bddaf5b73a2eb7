/** The revisions of MCP that the kit speaks: without sessions, and the last with `initialize`. */
export type Era = '2026-07-28' | '2025-11-25';

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const CLIENT = { name: 'conformance', version: '1.0.0' };
const ACCEPT = 'application/json, text/event-stream';

/** A request as a client of this revision sends it. */
export const messageOf = (
  era: Era,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
): Message => {
  if (era === '2025-11-25') {
    const version = method === 'initialize' ? {} : { 'mcp-protocol-version': era };
    return { headers: { accept: ACCEPT, ...version }, body: request(method, params) };
  }
  const name = typeof params.name === 'string' ? { 'mcp-name': params.name } : {};
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': era,
    'io.modelcontextprotocol/clientInfo': CLIENT,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return {
    headers: { accept: ACCEPT, 'mcp-protocol-version': era, 'mcp-method': method, ...name },
    body: request(method, { ...params, _meta }),
  };
};

/** The first message of a client. */
export const openingOf = (era: Era): Message =>
  era === '2026-07-28'
    ? messageOf(era, 'server/discover')
    : messageOf(era, 'initialize', {
        protocolVersion: era,
        capabilities: {},
        clientInfo: CLIENT,
      });

const request = (method: string, params: object) => ({ jsonrpc: '2.0', id: 1, method, params });
