import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { breakingChanges, unknownOperations } from '../src/api-changes.ts';
import { baseCommit, commitTree, type FileTree, workingTree } from '../src/file-tree.ts';

// Each comparison is a program that starts.
vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, '../../..');
const real = workingTree(root);
const READ_A_TODO = 'GET /todo/{id} of todo-service, which support-service uses';

// biome-ignore lint/suspicious/noExplicitAny: any document is edited.
type Edit = (document: any) => void;

/** The real services, with one file of one of them edited. */
const edited = (service: string, file: string, edit: Edit): FileTree => ({
  services: real.services,
  read(name, path) {
    const text = real.read(name, path);
    if (name !== service || path !== file || text === undefined) return text;
    const document = JSON.parse(text);
    edit(document);
    return JSON.stringify(document);
  },
});
const todoApi = (edit: Edit) => edited('todo-service', 'openapi.json', edit);
const todoSchema = (edit: Edit) => todoApi(({ components }) => edit(components.schemas.Todo));

const base = baseCommit(root);
if (!base) process.stdout.write('api changes: no earlier commit to compare with\n');

it.skipIf(!base)('no change of an openapi.json breaks a service that uses it', async () => {
  expect(await breakingChanges(commitTree(root, base as string), real)).toEqual([]);
});

it('every operation that a service says it uses is there', () => {
  expect(unknownOperations(real)).toEqual([]);
  const misspelled = edited('support-service', 'service.json', ({ client }) => {
    client.operations = ['GET /todos/{id}'];
  });
  expect(unknownOperations(misspelled)).toEqual([
    'services/support-service/service.json: client.operations: no service has GET /todos/{id}',
  ]);
});

describe('a change that breaks a consumer names the operation and the consumer', () => {
  it.each<[string, FileTree, RegExp[]]>([
    [
      'a removed operation',
      todoApi(({ paths }) => delete paths['/todo/{id}'].get),
      [/: It was removed\.$/],
    ],
    [
      'a removed service',
      {
        ...real,
        read: (name, file) => (name === 'todo-service' ? undefined : real.read(name, file)),
      },
      [/: It was removed\.$/],
    ],
    [
      'a member with another type',
      todoSchema(({ properties }) => {
        properties.done = { type: 'integer' };
      }),
      [/: Type of `done` \w+ from 'boolean' to 'integer'\.$/],
    ],
    [
      'a removed member',
      todoSchema(({ properties, required }) => {
        delete properties.title;
        required.splice(required.indexOf('title'), 1);
      }),
      [/`title`/],
    ],
    [
      'a narrower parameter',
      todoApi(({ paths }) => {
        paths['/todo/{id}'].get.parameters[0].schema.pattern = '^[1-9]$';
      }),
      [/pattern/],
    ],
    [
      'another scope',
      todoApi(({ paths }) => {
        paths['/todo/{id}'].get.security = [{ login: ['todo:read', 'todo:admin'] }];
      }),
      [/todo:admin/],
    ],
  ])('%s', async (_what, now, expected) => {
    const lines = await breakingChanges(real, now);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line.startsWith(`${READ_A_TODO}: `)).toBe(true);
    for (const part of expected) expect(lines).toContainEqual(expect.stringMatching(part));
  });

  it('by its scopes, where it does not say which operations it uses', async () => {
    const vague = edited('support-service', 'service.json', ({ client }) => {
      delete client.operations;
    });
    const now = todoApi(({ paths }) => delete paths['/todo'].get);
    expect(await breakingChanges(vague, now)).toEqual([
      'GET /todo of todo-service, which support-service uses: It was removed.',
    ]);
  });
});

describe('what breaks no service passes', () => {
  it.each<[string, FileTree]>([
    [
      'an added optional member',
      todoSchema(({ properties }) => {
        properties.color = { type: 'string' };
      }),
    ],
    [
      'an added operation',
      todoApi(({ paths }) => {
        paths['/todo/{id}/copy'] = { post: paths['/todo'].post };
      }),
    ],
    [
      'a removed operation that no service uses',
      todoApi(({ paths }) => delete paths['/todo'].post),
    ],
    [
      'a removed consumer',
      {
        services: real.services.filter((name) => name !== 'support-service'),
        read: (name, file) => todoApi(({ paths }) => delete paths['/todo/{id}']).read(name, file),
      },
    ],
  ])('%s', async (_what, now) => {
    expect(await breakingChanges(real, now)).toEqual([]);
  });
});

it('compares with the commit that the work began from, or on main with the one before', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-base-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const git = (...words: string[]) => {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test'];
    return execFileSync('git', [...author, ...words], { cwd: folder, encoding: 'utf8' }).trim();
  };
  const commit = (text: string) => {
    mkdirSync(join(folder, 'services/pets'), { recursive: true });
    writeFileSync(join(folder, 'services/pets/openapi.json'), text);
    git('add', '--all');
    git('commit', '--quiet', '--message', text);
    return git('rev-parse', 'HEAD');
  };
  expect(baseCommit(folder)).toBeUndefined();
  git('init', '--quiet', '--initial-branch', 'main');
  const first = commit('1');
  expect(baseCommit(folder)).toBeUndefined();
  const second = commit('2');
  expect(baseCommit(folder)).toBe(first);
  git('switch', '--quiet', '--create', 'work');
  commit('3');
  commit('4');
  expect(baseCommit(folder)).toBe(second);
  expect(commitTree(folder, second).services).toEqual(['pets']);
  expect(commitTree(folder, second).read('pets', 'openapi.json')).toBe('2');
  expect(commitTree(folder, second).read('pets', 'service.json')).toBeUndefined();
});
