import { Search } from 'lucide-react';
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '../ui/choice.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { useSearchField } from '../ui/use-search-field.ts';
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
  const [typed, setTyped] = useSearchField(
    view.search ?? '',
    (search) => onChange({ search }),
    toWords,
  );
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
