import { join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { describe, expect, it } from 'vitest';
import { parseWanted } from '../src/arguments.ts';
import { planService } from '../src/plan.ts';
import { Refused } from '../src/refused.ts';

const services = readServices(join(import.meta.dirname, '../../../services'));
const plan = (...words: string[]) => planService(parseWanted(words), services);

describe('what new-service makes of its arguments', () => {
  it('takes the name with or without -service, and the next free port', () => {
    const made = plan('ledger-book', '--database', '--calls', 'todo-service:todo:read');
    expect(made).toEqual({
      name: 'ledger-book-service',
      kind: 'ts',
      base: 'ledger-book',
      description: 'What ledger-book-service is for, in one line.',
      route: '/ledger-book',
      port: expect.any(Number),
      owner: '@latchkey/ledger-book',
      database: 'ledger_book',
      mcp: false,
      calls: [
        {
          service: 'todo-service',
          scope: 'todo:read',
          variable: 'todoService',
          urlVariable: 'TODO_SERVICE_URL',
          path: '/todo',
        },
      ],
      url: undefined,
    });
    expect(services.map(({ port }) => port)).not.toContain(made.port);
    expect(plan('ledger-book-service').name).toBe(made.name);
  });

  it.each([
    [['todo'], 'todo-service is taken: services/todo-service is there already'],
    [['todo', '--database'], 'todo-service is taken'],
    [['tickets'], 'two services claim the scope prefix tickets, support-service and tickets-s'],
    [['token'], 'the route /token is reserved for the issuer; choose another name'],
    [['docs-service'], 'the route /docs is reserved for the gateway; choose another name'],
    [['Ledger'], '"Ledger" is not a name for a service'],
    [['../ledger'], '"../ledger" is not a name for a service'],
    [['a'.repeat(41)], 'is not a name for a service'],
    [[], 'Usage: npx -y pnpm@12 new-service <name>'],
    [['ledger', 'book'], 'Usage: '],
    [['ledger', '--cals', 'x'], "Unknown option '--cals'. Usage: "],
    [['ledger', '--calls', 'todo-service'], '--calls todo-service: must be like todo-service:'],
    [['ledger', '--language', 'go'], '--language go: must be ts or python'],
    [
      ['ledger', '--language', 'python', '--database'],
      '--database is written in TypeScript: leave',
    ],
    [
      ['ledger', '--language', 'python', '--mcp'],
      '--mcp is written in TypeScript: leave out --lang',
    ],
    [['ledger', '--external', 'https://a.example/x'], 'must be an origin like https://orders.exam'],
    [
      ['ledger', '--external', 'https://a.example', '--mcp'],
      '--external runs elsewhere: leave out',
    ],
    [['ledger', '--external', 'https://a.example', '--language', 'ts'], 'leave out --language'],
    [['todo', '--external', 'https://a.example'], 'todo-service is taken'],
    [['ledger', '--calls', 'pay-service:pay:read'], 'no service pay-service has a route'],
    [['ledger', '--calls', 'todo-service:todo:x'], 'the scopes of todo-service are todo:read, '],
  ])('refuses %j in one line', (words, line) => {
    const refusal = () => plan(...words);
    expect(refusal).toThrow(Refused);
    expect(refusal).toThrow(line);
    expect(refusal).toThrow(/^[^\n]+$/);
  });
});
