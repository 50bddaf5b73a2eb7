import { type RefObject, useEffect, useRef } from 'react';

/** Takes the focus where what had it is gone: to the answer after a reopening, to the heading else. */
export function useTicketFocus(heading: RefObject<HTMLElement | null>, isClosed: boolean): void {
  const wasClosed = useRef(isClosed);
  useEffect(() => {
    const isReopened = wasClosed.current && !isClosed;
    wasClosed.current = isClosed;
    const { activeElement, body } = document;
    // The list, with what was pressed in it, is hidden on a phone.
    if (activeElement !== body && activeElement?.checkVisibility()) return;
    const answer = isReopened && heading.current?.closest('section')?.querySelector('textarea');
    (answer || heading.current)?.focus({ preventScroll: true });
  }, [heading, isClosed]);
}
