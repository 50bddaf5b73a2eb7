import type { ServerResponse } from 'node:http';
import type { SessionOperations } from './session-operations.ts';

const LOOK_MS = 1_000;
/** So that nothing in between takes a silent stream for a dead one. */
const HEARTBEAT_MS = 15_000;
/** How long a stream is kept; pages open the next one by themselves. */
const MAX_MS = 3_600_000;

/** Says `ended` when the session is over, wherever it was ended. */
export function sessionEvents(
  { mayHaveEnded }: Pick<SessionOperations, 'mayHaveEnded'>,
  secret: string,
  isOver: () => Promise<boolean>,
) {
  return (res: ServerResponse): void => {
    const startedAt = performance.now();
    let heartbeatAt = startedAt;
    const say = (event: string) => res.write(`event: ${event}\ndata: {}\n\n`);
    const look = async () => {
      const at = performance.now();
      if ((await mayHaveEnded(secret)) && (await isOver())) {
        say('ended');
        res.end();
        return;
      }
      if (at - heartbeatAt > HEARTBEAT_MS) {
        heartbeatAt = at;
        if (await isOver()) say('ended');
        else say('current');
      }
      if (at - startedAt > MAX_MS) res.end();
    };
    const timer = setInterval(() => {
      // Trouble of ours ends nothing: the next look may go better.
      look().catch(() => undefined);
    }, LOOK_MS);
    res.once('close', () => clearInterval(timer));
    say('current');
  };
}
