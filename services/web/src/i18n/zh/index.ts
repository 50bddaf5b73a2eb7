import { account } from './account.ts';
import { administration } from './administration.ts';
import { common } from './common.ts';
import { home } from './home.ts';
import { support } from './support.ts';
import { todos } from './todos.ts';

export const zh = { common, home, todos, support, account, administration };
