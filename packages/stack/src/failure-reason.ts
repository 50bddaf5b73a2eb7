const FATAL = 50;

/** Why a service ended, in one line, from the last lines that it wrote. */
export function failureReason(name: string, lines: readonly string[]): string {
  const plain = lines.filter((line) => line.trim() !== '' && !line.startsWith('{'));
  // Lines for people begin with the service's name: one for each setting at fault.
  const said = plain.filter((line) => line.startsWith(`${name}: `));
  if (said.length > 0) return said.map((line) => line.slice(name.length + 2)).join('; ');
  const error = plain.findLast((line) => /^\w*Error\b.*: /.test(line));
  return error ?? lastFatal(lines) ?? plain.findLast(isNoStack) ?? 'it gave no reason';
}

const isNoStack = (line: string) => !/^(\s+at |Node\.js v|\s*[{}^])/.test(line);

/** The last error of a JSON log. */
function lastFatal(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    if (!line.startsWith('{')) continue;
    try {
      const { level, msg, err } = JSON.parse(line);
      if (level >= FATAL) return [msg, err?.message?.split('\n')[0]].filter(Boolean).join(': ');
    } catch {
      // Cut off, or another program's.
    }
  }
  return undefined;
}
