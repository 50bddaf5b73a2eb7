import { styleText } from 'node:util';
import type { Stack } from './stack.ts';

const bold = (text: string) => styleText('bold', text);

/** What a person sees when everything is up. */
export function summary(stack: Stack, seconds: number): string {
  const { origin, services, elsewhere, demoLines, dataDir } = stack;
  const width = Math.max(...[...services, ...elsewhere].map(({ name }) => name.length));
  const missing = services.filter(({ problem }) => problem).map(({ name }) => name);
  const lines = [
    '',
    `${bold('Latchkey is up')}${missing.length > 0 ? `, without ${missing.join(' and ')},` : ''} after ${seconds.toFixed(1)} s.  Open ${bold(origin)}`,
    '',
    ...services.map(({ name, url, problem }) =>
      `  ${name.padEnd(width)}  ${url}  ${problem ? `not up: ${problem}` : ''}`.trimEnd(),
    ),
    ...elsewhere.map(({ name, url }) => `  ${name.padEnd(width)}  ${url}  runs elsewhere`),
    '',
    ...(missing.length > 0
      ? [`What is missing is retried until it is up; logs are in ${dataDir}/logs.`, '']
      : []),
    ...(demoLines.length > 0
      ? ['Demo accounts, in development only:', ...demoLines.map((line) => `  ${line}`), '']
      : []),
    'Try:',
    `  TOKEN=$(curl -s ${origin}/token -d username=wangerge -d password=test1234 -d resource=${origin}/todo | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `  curl -s ${origin}/todo -H "Authorization: Bearer $TOKEN"`,
    '',
    `Data and logs: ${dataDir}.  Ctrl+C stops everything.`,
  ];
  return lines.join('\n');
}
