import type { Report } from '../run.ts';

export const toJson = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
