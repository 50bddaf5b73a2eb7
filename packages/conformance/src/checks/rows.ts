import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { type Exchange, headerOf } from '../http/exchange.ts';
import { ADA, BEN, type Person } from '../issuer/tokens.ts';
import type { Operation } from '../service/api-document.ts';
import { type Check, describe, expectThat, type Failure, failure, forEach } from './check.ts';
import {
  absentLike,
  type Collection,
  collectionsOf,
  createRow,
  operationsAt,
} from './collections.ts';
import { IDENTITY_HEADERS } from './credentials.ts';
import { Skipped } from './skipped.ts';

interface Row extends Collection {
  readonly id: string;
}

/** A row in each collection. */
const createRows = async (context: Context, owner: Person): Promise<Row[]> => {
  const rows: Row[] = [];
  let reason = 'no POST operation adds to a collection whose items have a path';
  for (const collection of collectionsOf(context)) {
    const { id, exchange } = await createRow(context, collection, owner);
    if (id !== undefined) rows.push({ ...collection, id });
    else
      reason = `${exchange.where} made no row with an id (${describe(exchange)}); give --samples`;
  }
  if (rows.length === 0) throw new Skipped(reason);
  return rows;
};

/** The answer without what differs from one request to the next. */
const comparable = ({ answer }: Exchange, id: string): string => {
  const requestId = headerOf(answer, 'x-request-id');
  const text = requestId === '' ? answer.text : answer.text.replaceAll(requestId, '(request)');
  return `${answer.status} ${headerOf(answer, 'content-type')} ${text.replaceAll(id, '(id)')}`;
};

const compareOperation = async (
  context: Context,
  { id, parameter }: Row,
  operation: Operation,
): Promise<Failure[]> => {
  const token = context.tokens.mint({ person: BEN });
  const ask = (value: string) =>
    context.call(operation, { token, path: { [parameter]: value }, headers: IDENTITY_HEADERS });
  const foreign = await ask(id);
  const absentId = absentLike(id);
  const absent = await ask(absentId);
  const { status } = foreign.answer;
  if (status < 400 || status === 403 || status >= 500) return [failure(foreign, '404')];
  const wanted = comparable(absent, absentId);
  return expectThat(
    comparable(foreign, id) === wanted,
    foreign,
    `as for a row that does not exist: ${describe(absent)}`,
  );
};

export const ROW_CHECKS: readonly Check[] = [
  {
    id: 'rows.foreign-equals-absent',
    title: "Another person's row looks exactly like an absent one",
    rfc: 'RFC 9110 §15.5.4',
    severity: 'must',
    run: async (context) =>
      forEach(await createRows(context, ADA), (row) =>
        forEach(operationsAt(context, row), (operation) =>
          compareOperation(context, row, operation),
        ),
      ),
  },
  {
    id: 'rows.owner-keeps',
    title: 'What another person tries leaves a row as it is, and its owner reads it',
    rfc: 'access control',
    severity: 'must',
    run: async (context) =>
      forEach(await createRows(context, ADA), async (row) => {
        const { id, parameter, itemPath } = row;
        const operations = operationsAt(context, row);
        const read = operations.find((one) => one.method === 'GET' && one.path === itemPath);
        if (read === undefined) return [];
        const path = { [parameter]: id };
        const readAsOwner = () =>
          context.call(read, { token: context.tokens.mint({ person: ADA }), path });
        const before = await readAsOwner();
        if (before.answer.status !== 200) return [failure(before, '200 for the owner')];
        for (const operation of operations) {
          if (operation.method === 'GET') continue;
          const token = context.tokens.mint({ person: BEN });
          await context.call(operation, { token, path, headers: IDENTITY_HEADERS });
        }
        const after = await readAsOwner();
        return expectThat(after.answer.text === before.answer.text, after, describe(before));
      }),
  },
  {
    id: 'rows.lists-are-own',
    title: "A list holds no other person's rows",
    rfc: 'access control',
    severity: 'must',
    run: async (context) => {
      const marker = `conformance-${randomUUID()}`;
      await createMarked(context, marker);
      const lists = context.guarded.filter(
        ({ method, path }) => method === 'GET' && !path.includes('{'),
      );
      return forEach(lists, async (operation) => {
        const token = context.tokens.mint({ person: BEN });
        const exchange = await context.call(operation, { token, headers: IDENTITY_HEADERS });
        return expectThat(!exchange.answer.text.includes(marker), exchange, 'own rows alone');
      });
    },
  },
];

/** Rows of Ada's in which every text is the marker, where the service takes that. */
const createMarked = async (context: Context, marker: string): Promise<void> => {
  let made = 0;
  for (const { create } of collectionsOf(context)) {
    const good = context.requests.bodyOf(create) as Record<string, unknown>;
    const marked = Object.entries(good ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? marker : value,
    ]);
    const body = JSON.stringify(Object.fromEntries(marked));
    const { answer } = await context.call(create, { token: context.tokens.mint(), body });
    if (answer.status >= 200 && answer.status < 300) made += 1;
  }
  if (made === 0) throw new Skipped('no POST operation makes a row with a text in it');
};
