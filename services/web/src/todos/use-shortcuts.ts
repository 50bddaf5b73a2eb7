import { useEffect, useRef, useState } from 'react';

interface Shortcuts {
  /** Whether `n` and `/` mean something wherever the focus is. */
  arePageKeysOn: boolean;
  onAdd: () => void;
  onSearch: () => void;
  onEdit: (id: number) => void;
  onDelete: (id: number) => void;
}

const TYPED_INTO = 'input:not([type="checkbox"]), textarea, select';
const ABOVE_THE_PAGE = '[role="dialog"], [role="alertdialog"], [role="menu"]';

const ticks = () => [
  ...document.querySelectorAll<HTMLInputElement>('[data-todo] input[type="checkbox"]'),
];

const PAGE_KEYS = 'latchkey-page-keys';

/** Keys without Ctrl can be switched off (WCAG 2.1.4): speech input types them by mistake. */
export function usePageKeys() {
  const [areOn, setAreOn] = useState(localStorage.getItem(PAGE_KEYS) !== 'off');
  const toggle = () => {
    localStorage.setItem(PAGE_KEYS, areOn ? 'off' : 'on');
    setAreOn(!areOn);
  };
  return [areOn, toggle] as const;
}

/** Focuses a row, or the nearest one that there is; @returns whether there is any. */
export function focusRow(index: number): boolean {
  const rows = ticks();
  const row = rows[Math.max(0, Math.min(index, rows.length - 1))];
  row?.focus();
  return row !== undefined;
}

export const indexOfRow = (id: number): number =>
  ticks().findIndex((tick) => tick.closest(`[data-todo="${id}"]`) !== null);

/** Keys of the whole page, and of the row that has the focus; none while a person types. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest(ABOVE_THE_PAGE)) return;
      if (press(event.key, target, latest.current)) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** @returns whether the key meant anything */
function press(key: string, target: Element, shortcuts: Shortcuts): boolean {
  // From the search into what it found.
  if (key === 'ArrowDown' && target.matches('[type="search"]')) return focusRow(0);
  if (target.closest(TYPED_INTO)) return false;
  const { arePageKeysOn, onAdd, onSearch } = shortcuts;
  if (key === 'n' && arePageKeysOn) onAdd();
  else if (key === '/' && arePageKeysOn) onSearch();
  else return pressInRow(key, target, shortcuts);
  return true;
}

function pressInRow(key: string, target: Element, { onEdit, onDelete }: Shortcuts): boolean {
  const row = target.closest('[data-todo]');
  if (!row) return false;
  const id = Number(row.getAttribute('data-todo'));
  // A menu's button opens it with the arrows.
  const isMenu = target.closest('[aria-haspopup]') !== null;
  if (key === 'ArrowDown' && !isMenu) return focusRow(indexOfRow(id) + 1);
  if (key === 'ArrowUp' && !isMenu) return focusRow(indexOfRow(id) - 1);
  if (key === 'e') onEdit(id);
  else if (key === 'Delete') onDelete(id);
  else return false;
  return true;
}
