import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

/** So far from the end still counts as there. */
const NEAR_PX = 48;

/**
 * Keeps the end of a scrolling element in view for as long as the reader is there, and leaves them
 * where they are otherwise.
 *
 * @param lastKey what the last row is; another one means news
 */
export function useFollowEnd(element: RefObject<HTMLElement | null>, lastKey: unknown) {
  const isAtEnd = useRef(true);
  const seenKey = useRef(lastKey);
  const [hasUnseen, setHasUnseen] = useState(false);

  const goToEnd = useCallback(() => {
    isAtEnd.current = true;
    setHasUnseen(false);
    element.current?.scrollTo({ top: element.current.scrollHeight });
  }, [element]);

  useLayoutEffect(() => {
    if (isAtEnd.current) goToEnd();
    else if (lastKey !== seenKey.current) setHasUnseen(true);
    seenKey.current = lastKey;
  }, [lastKey, goToEnd]);

  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    // The room changes when the writing field grows or the window does.
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) goToEnd();
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [element, goToEnd]);

  const onScroll = () => {
    const { current } = element;
    if (!current) return;
    isAtEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_PX;
    if (isAtEnd.current) setHasUnseen(false);
  };

  return { hasUnseen, goToEnd, onScroll };
}
