import { defineProblems } from '@latchkey/service-kit/http/problems';

export const problems = defineProblems({
  ticket_not_found: { status: 404, detail: 'Ticket not found.' },
  ticket_closed: { status: 409, detail: 'This ticket is closed. Reopen it to write a message.' },
  todo_unknown: { status: 422, detail: 'todoId: you have no todo with this id.' },
  too_many_streams: {
    status: 429,
    detail: 'You have too many streams of updates open. Close a tab, or try again soon.',
  },
  streams_full: { status: 503, detail: 'Too many streams of updates are open. Try again soon.' },
  updates_unavailable: { status: 503, detail: 'There are no updates right now. Try again soon.' },
  todo_service_unavailable: {
    status: 503,
    detail:
      'The todo cannot be checked right now, so no ticket was opened. Try again soon, or leave todoId out.',
  },
});
