import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * After a change, everything under `queryKey` is old, and read again where it is on the screen.
 *
 * @param refetchType `none`: what is on the screen is right as it is
 */
export async function readAgain(
  queryClient: QueryClient,
  queryKey: QueryKey,
  refetchType: 'active' | 'none' = 'active',
): Promise<void> {
  // A first answer under way may be from before the change, and invalidating would wait for it.
  const isFirst = ({ state }: { state: { data: unknown } }) => state.data === undefined;
  await queryClient.cancelQueries({ queryKey, predicate: isFirst });
  await queryClient.invalidateQueries({ queryKey, refetchType });
}
