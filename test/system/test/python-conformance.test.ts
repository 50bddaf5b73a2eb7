import { join } from 'node:path';
import { failuresOf } from '@latchkey/conformance';
import { conformanceOf } from '@latchkey/service-kit/testing/conformance';
import { hasPython, pythonPath } from '@latchkey/service-kit/testing/python';
import { expect, it } from 'vitest';

const home = join(import.meta.dirname, '../../../examples/python-service');

it.skipIf(!hasPython('fastapi', 'uvicorn', 'jwt', 'cryptography'))(
  'examples/python-service conforms',
  async () => {
    const report = await conformanceOf(home, 'standard', {
      PATH: pythonPath,
      PYTHONDONTWRITEBYTECODE: '1',
    });
    expect(failuresOf(report)).toEqual([]);
    const passed = report.results.filter(({ outcome }) => outcome === 'passed');
    expect(passed.length).toBeGreaterThan(110);
  },
  600_000,
);
