import { wholeNumber } from '@latchkey/service-kit/process/config';
import { serviceMain } from '@latchkey/service-kit/starting/service-main';
import { createApp } from './app.ts';
import { openStore } from './store.ts';

await serviceMain({
  srcDirectory: import.meta.dirname,
  openStore,
  calls: { todoService: { service: 'todo-service', scope: 'todo:read' } },
  env: { TICKET_STREAMS: wholeNumber(1, 100_000).default(500) },
  createApp,
});
