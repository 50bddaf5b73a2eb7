import { type Comment, type DeclarationReflection, ReflectionKind } from 'typedoc';
import { describe, expect, test } from 'vitest';
import { apiReference } from '../scripts/api-reference.ts';
import { ERROR_TABLE } from '../src/index.ts';

/** Functions without a `@throws`: these hand errors to the framework, or have none. */
const NEVER_THROW = [
  'express.requireToken',
  'express.optionalToken',
  'express.optionalTokenOf',
  'express.defineGuard',
  'fastify.requireToken',
  'node.withToken',
  'fetch.withToken',
];

const { project } = await apiReference();
const textOf = (comment: Comment | undefined, tag?: `@${string}`): string =>
  (tag === undefined ? comment?.summary : comment?.getTag(tag)?.content)
    ?.map(({ text }) => text)
    .join('') ?? '';
const named = (reflections: DeclarationReflection[]) =>
  reflections.map((reflection) => ({ name: reflection.getFullName(), reflection }));
const declarations = (kind: ReflectionKind) =>
  named(project.getReflectionsByKind(kind) as DeclarationReflection[]);

const FUNCTIONS = declarations(ReflectionKind.Function);

test('the list of functions that never throw names no other', () => {
  const names = FUNCTIONS.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(NEVER_THROW));
  expect(names.length).toBeGreaterThan(NEVER_THROW.length);
});

describe.each(FUNCTIONS)('$name', ({ name, reflection }) => {
  const [signature] = reflection.signatures ?? [];

  test('says what it does, takes and returns, and shows it', () => {
    expect(textOf(signature?.comment)).not.toBe('');
    for (const parameter of signature?.parameters ?? []) {
      expect([parameter.name, textOf(parameter.comment)]).not.toEqual([parameter.name, '']);
    }
    if (signature?.type?.toString() !== 'void') {
      expect(textOf(signature?.comment, '@returns')).not.toBe('');
    }
    expect(textOf(signature?.comment, '@example')).toMatch(/^\s*```ts\n/);
  });

  test('says what it throws, by codes that exist', () => {
    const thrown = textOf(signature?.comment, '@throws');
    expect(thrown === '').toBe(NEVER_THROW.includes(name));
    for (const [, code = ''] of thrown.matchAll(/`([a-z]+_[a-z_]+)`/g)) {
      expect(Object.keys(ERROR_TABLE)).toContain(code);
    }
  });
});

const EXPORTS = named(project.children?.flatMap(({ children = [] }) => children) ?? []);

test.each(EXPORTS.filter(({ reflection }) => !reflection.isReference()))(
  '$name has a docstring',
  ({ reflection }) => {
    const comment = reflection.comment ?? reflection.signatures?.[0]?.comment;
    expect(textOf(comment)).not.toBe('');
  },
);

const OPTIONS = declarations(ReflectionKind.Interface).filter(({ name }) =>
  /(Options|Rules|Requirements)$/.test(name),
);

test.each(named(OPTIONS.flatMap(({ reflection }) => reflection.children ?? [])))(
  'the option $name has a docstring, with its default where it is a number',
  ({ reflection }) => {
    const { type, comment } = reflection;
    const ofFunction = type?.type === 'reflection' ? type.declaration.signatures?.[0] : undefined;
    const text = textOf(comment ?? ofFunction?.comment);
    expect(text).not.toBe('');
    if (type?.toString() === 'number') expect(text).toMatch(/Default (\d|`undefined`)/);
  },
);
