/** Gives the demo customers todos to begin with, in a database that never had any. */
import { everHadRows } from '@latchkey/database/first-rows';
import { demoEnv, signInDemoPerson } from '@latchkey/service-kit/joining/demo';
import { databaseUrl, parseEnv, url } from '@latchkey/service-kit/process/config';
import { loadConfig, runMain } from '@latchkey/service-kit/process/serve';
import { z } from 'zod';

/** wangerge has bought a coffee machine; support-service's demo asks about the delivery. */
const TODOS = {
  wangerge: [
    { title: 'Choose a coffee machine', priority: 3, done: true },
    {
      title: 'Order the coffee machine',
      description: 'Order 4711, paid by card. Two years of guarantee.',
      priority: 4,
      done: true,
    },
    { title: 'Buy milk', priority: 2 },
    {
      title: 'Be at home for the delivery',
      description: 'Thursday between 10 and 12. Ask for an afternoon if that is possible.',
      priority: 5,
    },
    {
      title: 'Register the guarantee',
      description: 'The serial number is on the bottom of the machine.',
      priority: 3,
    },
    {
      title: 'Send the old machine to recycling',
      description: 'The shop takes it back free of charge. Keep the box of the new one for it.',
      priority: 2,
    },
    { title: 'Order filters and descaler', priority: 1 },
    {
      title: 'Renew the library card',
      description: 'The old one expires at the end of the month. Bring a photo.',
      priority: 4,
    },
    { title: 'Call the dentist', description: 'For a check-up in the spring.', priority: 3 },
    { title: 'Water the plants', priority: 2, done: true },
    {
      title: 'Plan the weekend',
      description: 'Mei arrives on Saturday at 9:40, platform 3.',
      priority: 3,
    },
    {
      title: 'Cancel the gym',
      description: 'Two weeks before the first.',
      priority: 1,
      done: true,
    },
  ],
  mei: [
    { title: 'Pack for the weekend', priority: 4 },
    { title: 'Return the headphones', description: 'The left side is silent.', priority: 5 },
  ],
};

const envSchema = z.object({ ...demoEnv, DATABASE_URL: databaseUrl, TODO_SERVICE_URL: url });

await runMain('todo-service demo', async () => {
  const env = loadConfig('todo-service demo', (values) => parseEnv(envSchema, values), process.env);
  if (await everHadRows(env.DATABASE_URL)) return;
  for (const [username, todos] of Object.entries(TODOS)) {
    const person = await signInDemoPerson(env.AUTH_SERVICE_URL, username);
    // One after another: in the order of this list.
    for (const todo of todos) await person?.post(`${env.TODO_SERVICE_URL}/todo`, todo);
  }
});
