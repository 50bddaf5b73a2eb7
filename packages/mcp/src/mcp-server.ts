import { toProblem } from '@latchkey/service-kit/http/problems';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import {
  type AuthInfo,
  type CallToolResult,
  McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { callerOf, type Tool, type ToolCaller } from './tool.ts';

type Parts = Pick<AppParts, 'service' | 'log' | 'isUnavailable'>;

/** The server that answers one request. */
export function mcpServer(
  { service, log, isUnavailable }: Parts,
  tools: readonly Tool[],
  authInfo: AuthInfo | undefined,
): McpServer {
  const asker = authInfo?.extra?.asker as Pick<ToolCaller, 'auth' | 'context'>;
  const server = new McpServer(
    { name: service.name, version: '1.0.0' },
    // They are the same for as long as the service runs: nothing is to be listened for.
    { capabilities: { tools: { listChanged: false } } },
  );
  for (const { name, description, input, run } of tools) {
    server.registerTool(name, { description, inputSchema: input }, async (given, { mcpReq }) => {
      try {
        return result(await run(callerOf(asker, progressTo(mcpReq)), given));
      } catch (error) {
        const isAway = (thrown: unknown) =>
          thrown instanceof UpstreamError || isUnavailable(thrown);
        const { status, detail } = toProblem(error, isAway);
        if (status >= 500) log.error({ err: error, tool: name }, 'tool failed');
        return { ...result(detail), isError: true };
      }
    });
  }
  return server;
}

/** A client asks for it by giving a token for it. */
const progressTo =
  ({ _meta, notify }: ServerContext['mcpReq']): ToolCaller['progress'] =>
  async (progress, total) => {
    const progressToken = _meta?.progressToken;
    if (progressToken === undefined) return;
    const params = { progressToken, progress, ...(total === undefined ? {} : { total }) };
    await notify({ method: 'notifications/progress', params });
  };

/** A text, since every client can read one. */
const result = (value: unknown): CallToolResult => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
});
