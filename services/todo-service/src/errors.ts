import { defineProblems } from '@latchkey/service-kit/http/problems';

export const problems = defineProblems({
  todo_not_found: { status: 404, detail: 'Todo not found.' },
});
