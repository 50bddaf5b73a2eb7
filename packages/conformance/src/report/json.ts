import type { Report } from './report.ts';

export const toJson = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
