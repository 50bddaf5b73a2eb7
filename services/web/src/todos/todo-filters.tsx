import { Search } from 'lucide-react';
import { type Ref, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '../ui/choice.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import styles from './todo-filters.module.css';
import { MAX_SEARCH_LENGTH, type TodosView, toWords } from './view.ts';

const SHOW = ['all', 'open', 'done'] as const;
const SORT = ['newest', 'priority', 'title'] as const;
const SHOW_TEXTS = { all: 'showAll', open: 'showOpen', done: 'showDone' } as const;
const SORT_TEXTS = { newest: 'sortNewest', priority: 'sortPriority', title: 'sortTitle' } as const;

interface TodoFiltersProps {
  view: TodosView;
  onChange: (change: Partial<Record<keyof TodosView, string>>) => void;
  searchRef: Ref<HTMLInputElement>;
}

export function TodoFilters({ view, onChange, searchRef }: TodoFiltersProps) {
  const { t } = useTranslation('todos');
  const [typed, setTyped] = useSearch(view.search ?? '', (search) => onChange({ search }));
  return (
    <div className={styles.filters}>
      <Choice
        label={t('show')}
        options={SHOW.map((value) => ({ value, label: t(SHOW_TEXTS[value]) }))}
        value={view.show ?? 'all'}
        onChange={(show) => onChange({ show })}
      />
      <search className={styles.search}>
        <Search aria-hidden="true" />
        <TextField
          ref={searchRef}
          type="search"
          label={t('search')}
          isLabelHidden
          placeholder={t('searchShort')}
          maxLength={MAX_SEARCH_LENGTH}
          autoComplete="off"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      </search>
      <div className={styles.sort}>
        <SelectField
          label={t('sort')}
          isLabelHidden
          value={view.sort ?? 'newest'}
          onChange={({ target }) => onChange({ sort: target.value })}
        >
          {SORT.map((value) => (
            <option key={value} value={value}>
              {t(SORT_TEXTS[value])}
            </option>
          ))}
        </SelectField>
      </div>
    </div>
  );
}

/** Long enough to type the next letter, too short to be felt. */
const SEARCH_DELAY_MS = 250;

/** What is typed reaches the address a moment later; what changes there is shown at once. */
function useSearch(inAddress: string, onSearch: (search: string) => void) {
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
