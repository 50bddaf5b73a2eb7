import { toProblem } from '@latchkey/service-kit/http/problems';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import { type AuthInfo, type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import type { Tool, ToolCaller } from './tool.ts';

type Parts = Pick<AppParts, 'service' | 'log' | 'isUnavailable'>;

/** The server that answers one request. */
export function mcpServer(
  { service, log, isUnavailable }: Parts,
  tools: readonly Tool[],
  authInfo: AuthInfo | undefined,
): McpServer {
  const caller = authInfo?.extra?.caller as ToolCaller;
  const server = new McpServer({ name: service.name, version: '1.0.0' });
  for (const { name, description, input, run } of tools) {
    server.registerTool(name, { description, inputSchema: input }, async (given) => {
      try {
        return result(await run(caller, given));
      } catch (error) {
        const { status, detail } = toProblem(error, isUnavailable);
        if (status >= 500) log.error({ err: error, tool: name }, 'tool failed');
        return { ...result(detail), isError: true };
      }
    });
  }
  return server;
}

/** A text, since every client can read one. */
const result = (value: unknown): CallToolResult => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
});
