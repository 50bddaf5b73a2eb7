import { openDatabase } from '@latchkey/database/client';
import { serviceMain } from '@latchkey/service-kit/starting/service-main';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from './app.ts';

await serviceMain({
  srcDirectory: import.meta.dirname,
  openDatabase: (url) => openDatabase(PrismaClient, { url }),
  calls: { todoService: { service: 'todo-service', scope: 'todo:read' } },
  createApp,
});
