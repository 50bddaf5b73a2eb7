/** Gives the demo customers tickets in every state, in a database that never had any. */
import { everHadRows } from '@latchkey/database/first-rows';
import { demoEnv, signInDemoPerson } from '@latchkey/service-kit/joining/demo';
import { tokenEnv } from '@latchkey/service-kit/joining/token-config';
import { databaseUrl, parseEnv, url } from '@latchkey/service-kit/process/config';
import { loadConfig, runMain } from '@latchkey/service-kit/process/serve';
import { z } from 'zod';
import { DEMO_TICKETS } from './demo-tickets.ts';

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
  const signIn = (username: string) => signInDemoPerson(env.AUTH_SERVICE_URL, username);
  const customers = { wangerge: await signIn('wangerge'), mei: await signIn('mei') };
  // Minimal tokens carry no roles: nobody is an agent.
  const agent = env.TOKEN_PROFILE === 'minimal' ? undefined : await signIn('agent');

  for (const { from, subject, aboutTodo, messages, isClosed } of DEMO_TICKETS) {
    const customer = customers[from];
    const [first, ...rest] = messages;
    if (!customer || !first) continue;
    const [todo] = aboutTodo
      ? await customer.get<Numbered[]>(
          `${env.TODO_SERVICE_URL}/todo?limit=1&search=${encodeURIComponent(aboutTodo)}`,
        )
      : [];
    const tickets = `${env.SUPPORT_SERVICE_URL}/tickets`;
    const { id } = await customer.post<Numbered>(tickets, {
      subject,
      message: first.text,
      ...(todo ? { todoId: todo.id } : {}),
    });
    for (const { by, text } of rest) {
      const author = by === 'agent' ? agent : customer;
      await author?.post(`${tickets}/${id}/messages`, { text });
    }
    if (isClosed) await customer.patch(`${tickets}/${id}`, { status: 'closed' });
  }
});
