/**
 * How status lists and their events are answered. `well`: as they should be. `silent`: the stream is
 * open and says nothing. `losing`: changes are not sent. `doubling`: each is sent twice. `reordering`:
 * changes wait for the next state and come in the wrong order. `stale`: lists are those of the moment
 * when this was set. `down`: no stream, and 503 for each request.
 */
export type TestStatusBehavior =
  | 'well'
  | 'silent'
  | 'losing'
  | 'doubling'
  | 'reordering'
  | 'stale'
  | 'down';

/** The status lists of a test issuer, and the trouble they can make. */
export interface TestStatusLists {
  /** Where they are: for `revocation: { url }`. */
  readonly url: string;
  /** Open another list: tokens minted from now on are in it. */
  readonly open: () => void;
  /** Cut every stream, as a proxy or a restart does. */
  readonly cut: () => void;
  /** Answer in this way from now on. */
  readonly behave: (behavior: TestStatusBehavior) => void;
  /** Send an event that revokes this token, signed with a key that is not the issuer's. */
  readonly forge: (token: string) => void;
}
