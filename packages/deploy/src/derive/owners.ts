import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';

const MARK = '# Written by `npx -y pnpm@12 derive` from services/*/service.json, to the end:';

/** CODEOWNERS: the lines above the mark as they are, and below it one for each folder of a service. */
export function ownersFile(current: string, services: readonly ServiceJson[]): string {
  const [above = ''] = current.split(MARK);
  const owned = services.flatMap(({ name, database, owners = [] }) =>
    [`/services/${name}/`, ...(database ? [`/prisma/${database}/`] : [])].map(
      (folder) => [folder, owners] as const,
    ),
  );
  const width = Math.max(...owned.map(([folder]) => folder.length));
  const lines = owned
    .filter(([, owners]) => owners.length > 0)
    .map(([folder, owners]) => `${folder.padEnd(width)} ${owners.join(' ')}`);
  return `${[`${above.trimEnd()}\n`, MARK, ...lines].join('\n')}\n`;
}
