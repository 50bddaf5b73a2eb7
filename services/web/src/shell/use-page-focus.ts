import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

const titleOf = (main: Element | null) => main?.querySelector('h1') ?? undefined;

/**
 * A new page is read out, and the keyboard goes on from its title. Not when the browser opens it, nor
 * where something on it has the focus already or the title stays and only a part below it is new.
 */
export function usePageFocus(): void {
  const router = useRouter();
  useEffect(() => {
    const main = document.querySelector('main');
    let left: HTMLHeadingElement | undefined;
    const stop = [
      router.subscribe('onBeforeNavigate', () => {
        left = titleOf(main);
      }),
      router.subscribe('onResolved', ({ fromLocation, pathChanged }) => {
        const title = titleOf(main);
        const { activeElement } = document;
        const isPlaced = activeElement !== main && main?.contains(activeElement);
        if (!title || !fromLocation || !pathChanged || title === left || isPlaced) return;
        title.tabIndex = -1;
        title.focus({ preventScroll: true });
      }),
    ];
    return () => {
      for (const each of stop) each();
    };
  }, [router]);
}
