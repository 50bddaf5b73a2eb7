/** An instant as `<input type="datetime-local">` shows it: the time of here, without a zone. */
export function toLocalInput(instant: string | undefined): string {
  const time = new Date(instant ?? Number.NaN);
  if (Number.isNaN(time.getTime())) return '';
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** @returns undefined for no time */
export function fromLocalInput(text: string): string | undefined {
  const time = new Date(text);
  return text === '' || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
