/** Gives wangerge a few todos to begin with, in a database that never had any. */
import { everHadRows } from '@latchkey/database/first-rows';
import { demoEnv, signInDemoPerson } from '@latchkey/service-kit/joining/demo';
import { databaseUrl, parseEnv, url } from '@latchkey/service-kit/process/config';
import { loadConfig, runMain } from '@latchkey/service-kit/process/serve';
import { z } from 'zod';

const TODOS = [
  { title: 'Start Latchkey', priority: 3, done: true },
  { title: 'Buy milk', priority: 2 },
  {
    title: 'Renew the library card',
    description: 'The old one expires at the end of the month. Bring a photo.',
    priority: 4,
  },
  {
    title: 'Write a service of your own',
    description: 'docs/add-a-service.md says how: one command.',
    priority: 5,
  },
];

const envSchema = z.object({ ...demoEnv, DATABASE_URL: databaseUrl, TODO_SERVICE_URL: url });

await runMain('todo-service demo', async () => {
  const env = loadConfig('todo-service demo', (values) => parseEnv(envSchema, values), process.env);
  if (await everHadRows(env.DATABASE_URL)) return;
  const wangerge = await signInDemoPerson(env.AUTH_SERVICE_URL, 'wangerge');
  // One after another: in the order of this list.
  for (const todo of TODOS) await wangerge?.post(`${env.TODO_SERVICE_URL}/todo`, todo);
});
