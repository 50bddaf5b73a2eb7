/** How far a listener has come: each list and the number of its last change. */
export type Position = ReadonlyMap<number, number>;

/** A longer one is not read: some thousand lists. */
const MAX_LENGTH = 8_192;
const EVENT_ID = /^[1-9]\d{0,9}\.\d{1,10}(?:,[1-9]\d{0,9}\.\d{1,10})*$/;

/** `7.12,8.0` */
export const formatEventId = (position: Position): string =>
  [...position].map(([list, seq]) => `${list}.${seq}`).join(',');

/** Undefined for what is not an id of ours: such a listener is sent nothing again. */
export function readEventId(text: string | undefined): Position | undefined {
  if (text === undefined || text.length > MAX_LENGTH || !EVENT_ID.test(text)) return undefined;
  return new Map(
    text.split(',').map((entry) => {
      const [list, seq] = entry.split('.');
      return [Number(list), Number(seq)];
    }),
  );
}
