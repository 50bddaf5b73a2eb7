import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, onTestFinished, test } from 'vitest';
import { readAgain } from '../src/api/read-again.ts';

test('a first answer from before the change is not kept', async () => {
  const queryClient = new QueryClient();
  const answers: ((todos: string[]) => void)[] = [];
  const observer = new QueryObserver(queryClient, {
    queryKey: ['todos', 'list'],
    queryFn: () => new Promise<string[]>((answer) => answers.push(answer)),
  });
  onTestFinished(observer.subscribe(() => undefined));

  const again = readAgain(queryClient, ['todos']);
  await expect.poll(() => answers.length).toBe(2);
  answers[0]?.(['Buy milk', 'Call Ann']);
  answers[1]?.(['Buy milk']);
  await again;
  expect(observer.getCurrentResult().data).toEqual(['Buy milk']);
});

test('what is not on the screen is read when it is', async () => {
  const queryClient = new QueryClient();
  queryClient.setQueryData(['todos', 'list'], ['Buy milk', 'Call Ann']);
  await readAgain(queryClient, ['todos']);
  expect(queryClient.getQueryState(['todos', 'list'])).toMatchObject({
    isInvalidated: true,
    fetchStatus: 'idle',
  });
});
