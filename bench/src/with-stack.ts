import { rm } from 'node:fs/promises';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, type StackOptions, startStack } from '@latchkey/stack/stack';

/** A whole stack on free ports, which is gone when the work is done. */
export const withStack = async <Result>(
  work: (stack: Stack) => Promise<Result>,
  options: Pick<StackOptions, 'env'> = {},
): Promise<Result> => {
  const dataDir = await makeOpenFolder('latchkey-bench-');
  const stack = await startStack({ port: 0, dataDir, ...options });
  try {
    return await work(stack);
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
};
