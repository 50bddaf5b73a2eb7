import type { Readable } from 'node:stream';

/** The file as a whole is not what it should be. */
export class ImportFileError extends Error {}

const UTF16_MARKS = ['fffe', 'feff'];
const ZIP_MARK = '504b0304';

/**
 * The text of a file, its byte order mark left out.
 *
 * @throws ImportFileError for what is not UTF-8: its letters would become others
 */
export async function* readText(input: Readable): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new ImportFileError('The file is not in UTF-8: save it as UTF-8 ("CSV UTF-8").');
    }
  };
  let isFirst = true;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    if (isFirst) assertText(chunk);
    isFirst = false;
    yield decode(chunk);
  }
  yield decode();
}

function assertText(start: Buffer): void {
  const mark = start.subarray(0, 4).toString('hex');
  if (mark === ZIP_MARK) {
    throw new ImportFileError('The file is a workbook or an archive: save it as CSV in UTF-8.');
  }
  if (UTF16_MARKS.some((bytes) => mark.startsWith(bytes)) || start.includes(0)) {
    throw new ImportFileError('The file is in UTF-16: save it as UTF-8 ("CSV UTF-8").');
  }
}
