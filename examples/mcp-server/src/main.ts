import { mcpRoute } from '@latchkey/mcp/mcp-route';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import { serviceMain } from '@latchkey/service-kit/starting/service-main';
import { todoTools } from './todo-tools.ts';

await serviceMain({
  srcDirectory: import.meta.dirname,
  calls: {
    reading: { service: 'todo-service', scope: 'todo:read' },
    writing: { service: 'todo-service', scope: 'todo:write' },
  },
  createApp: (parts) => createServiceApp({ ...parts, routes: [mcpRoute(parts, todoTools(parts))] }),
});
