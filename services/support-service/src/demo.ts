/** Gives wangerge two tickets, one of them answered, in a database that never had any. */
import { everHadRows } from '@latchkey/database/first-rows';
import { demoEnv, signInDemoPerson } from '@latchkey/service-kit/joining/demo';
import { tokenEnv } from '@latchkey/service-kit/joining/token-config';
import { databaseUrl, parseEnv, url } from '@latchkey/service-kit/process/config';
import { loadConfig, runMain } from '@latchkey/service-kit/process/serve';
import { z } from 'zod';

const envSchema = z.object({
  ...demoEnv,
  DATABASE_URL: databaseUrl,
  SUPPORT_SERVICE_URL: url,
  TODO_SERVICE_URL: url,
  TOKEN_PROFILE: tokenEnv.TOKEN_PROFILE,
});

interface Numbered {
  id: number;
}

await runMain('support-service demo', async () => {
  const env = loadConfig(
    'support-service demo',
    (values) => parseEnv(envSchema, values),
    process.env,
  );
  if (await everHadRows(env.DATABASE_URL)) return;
  const wangerge = await signInDemoPerson(env.AUTH_SERVICE_URL, 'wangerge');
  if (!wangerge) return;
  const tickets = `${env.SUPPORT_SERVICE_URL}/tickets`;
  const [todo] = await wangerge.get<Numbered[]>(
    `${env.TODO_SERVICE_URL}/todo?done=false&sort=-priority&limit=1`,
  );
  const { id } = await wangerge.post<Numbered>(tickets, {
    subject: 'How do I start with this one?',
    message: 'I would like to add a service, and do not know where it goes.',
    ...(todo ? { todoId: todo.id } : {}),
  });
  await wangerge.post(tickets, {
    subject: 'Signed in on an old phone',
    message: 'I sold my phone last week. Is it still signed in?',
  });
  // Minimal tokens carry no roles: nobody is an agent.
  const agent =
    env.TOKEN_PROFILE === 'minimal'
      ? undefined
      : await signInDemoPerson(env.AUTH_SERVICE_URL, 'agent');
  await agent?.post(`${tickets}/${id}/messages`, {
    text: 'Run `npx -y pnpm@12 new-service <name>`: it joins the running stack. docs/add-a-service.md has the rest.',
  });
});
