/** What clocks of browsers and servers may differ by. */
const CLOCKS_APART_MS = 60_000;

interface Outgoing {
  key: string;
  text: string;
  writtenAt: string;
}

interface Stored {
  text: string;
  createdAt: string;
}

/** Keys of what a service has, though its answer was lost on the way; each by a different entry. */
export function arrivedKeys(outgoing: readonly Outgoing[], stored: readonly Stored[]): string[] {
  const unmatched = [...stored];
  const arrived = outgoing.filter(({ text, writtenAt }) => {
    const since = Date.parse(writtenAt) - CLOCKS_APART_MS;
    const index = unmatched.findIndex(
      (each) => each.text === text && Date.parse(each.createdAt) >= since,
    );
    if (index >= 0) unmatched.splice(index, 1);
    return index >= 0;
  });
  return arrived.map(({ key }) => key);
}
