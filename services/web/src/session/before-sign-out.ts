const works = new Set<() => Promise<void>>();

/** What cannot be sent any more without a session is sent before it ends. */
export const beforeSignOut = (work: () => Promise<void>): void => void works.add(work);

/** Work that fails holds up nothing. */
export async function doBeforeSignOut(): Promise<void> {
  await Promise.allSettled([...works].map((work) => work()));
}
