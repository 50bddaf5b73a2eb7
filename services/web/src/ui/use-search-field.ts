import { useEffect, useState } from 'react';

/** Long enough to type the next letter, too short to be felt. */
const SEARCH_DELAY_MS = 250;

/**
 * What is typed reaches the address a moment later; what changes there is shown at once.
 *
 * @param toWords what of a text is searched for
 */
export function useSearchField(
  inAddress: string,
  onSearch: (words: string) => void,
  toWords: (text: string) => string,
) {
  const [typed, setTyped] = useState(inAddress);
  const [seen, setSeen] = useState(inAddress);
  const words = toWords(typed);
  if (seen !== inAddress) {
    setSeen(inAddress);
    if (words !== inAddress) setTyped(inAddress);
  }
  useEffect(() => {
    if (words === inAddress) return;
    const timer = setTimeout(() => onSearch(words), SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  });
  return [typed, setTyped] as const;
}
