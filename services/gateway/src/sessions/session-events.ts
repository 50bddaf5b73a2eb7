import type { ServerResponse } from 'node:http';
import { serverSentEvent, watchStream } from '@latchkey/service-kit/http/event-stream';
import type { SessionOperations } from './session-operations.ts';

const CURRENT = serverSentEvent('current', '{}');
const ENDED = serverSentEvent('ended', '{}');

/** Says `ended` when the session is over, wherever it was ended. */
export function sessionEvents(
  { mayHaveEnded }: Pick<SessionOperations, 'mayHaveEnded'>,
  secret: string,
  isOver: () => Promise<boolean>,
) {
  return (res: ServerResponse): void => {
    res.write(CURRENT);
    watchStream(res, {
      heartbeat: CURRENT,
      lastEvent: ENDED,
      isOver: async (isDue) => (isDue || (await mayHaveEnded(secret))) && (await isOver()),
    });
  };
}
