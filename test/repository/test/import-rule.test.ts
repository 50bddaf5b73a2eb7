import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const FOLDERS = ['services', 'packages', 'test', 'examples'];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-import-rule-'));
  cpSync(join(root, '.dependency-cruiser.cjs'), join(directory, '.dependency-cruiser.cjs'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function plant(files: Record<string, string>): void {
  for (const folder of FOLDERS) {
    mkdirSync(join(directory, folder), { recursive: true });
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

function cruise(): Promise<{ code: number; output: string }> {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const parameters = [cli, '--config', '.dependency-cruiser.cjs', ...FOLDERS];
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

const exported = 'export const value = 1;\n';
const importing = (path: string) => `import { value } from '${path}';\nexport const own = value;\n`;

describe('the import rule', () => {
  it.each([
    {
      rule: 'no-service-imports-another',
      files: {
        'services/a-service/src/a.ts': importing('../../b-service/src/b.ts'),
        'services/b-service/src/b.ts': exported,
      },
    },
    {
      rule: 'web-knows-services-by-their-documents',
      files: {
        'services/web/src/a.ts': importing('../../../packages/service-kit/src/b.ts'),
        'packages/service-kit/src/b.ts': exported,
      },
    },
    {
      rule: 'no-package-imports-a-service',
      files: {
        'packages/stack/src/a.ts': importing('../../../services/b-service/src/b.ts'),
        'services/b-service/src/b.ts': exported,
      },
    },
    {
      rule: 'jwt-verify-stands-alone',
      files: {
        'packages/jwt-verify/src/a.ts': importing('../../database/src/b.ts'),
        'packages/database/src/b.ts': exported,
      },
    },
    {
      rule: 'conformance-stands-alone',
      files: {
        'packages/conformance/src/a.ts': importing('../../jwt-verify/src/b.ts'),
        'packages/jwt-verify/src/b.ts': exported,
      },
    },
    {
      rule: 'examples-import-only-jwt-verify',
      files: {
        'examples/src/a.ts': importing('../../packages/service-kit/src/b.ts'),
        'packages/service-kit/src/b.ts': exported,
      },
    },
    {
      rule: 'the-mcp-example-is-a-service',
      files: {
        'examples/mcp-server/src/a.ts': importing('../../../services/b-service/src/b.ts'),
        'services/b-service/src/b.ts': exported,
      },
    },
    {
      rule: 'service-kit-imports-only-jwt-verify',
      files: {
        'packages/service-kit/src/a.ts': importing('../../database/src/b.ts'),
        'packages/database/src/b.ts': exported,
      },
    },
    {
      rule: 'service-kit-in-order',
      files: {
        'packages/service-kit/src/joining/a.ts': importing('../http/b.ts'),
        'packages/service-kit/src/http/b.ts': exported,
      },
    },
    {
      rule: 'tests-stay-out-of-sources',
      files: {
        'services/a-service/src/a.ts': importing('../../../packages/service-kit/testing/b.ts'),
        'packages/service-kit/testing/b.ts': exported,
      },
    },
    {
      rule: 'only-repositories-call-prisma',
      files: {
        'services/a-service/src/a/a-operations.ts': importing('../../generated/prisma/client.ts'),
        'services/a-service/generated/prisma/client.ts': exported,
      },
    },
    {
      rule: 'only-repositories-call-prisma',
      files: {
        'services/a-service/src/demo.ts': importing('../generated/prisma/client.ts'),
        'services/a-service/generated/prisma/client.ts': exported,
      },
    },
    {
      rule: 'only-repositories-call-prisma',
      files: {
        'services/a-service/src/a/a-operations.ts':
          "import type { Tx } from '../../generated/prisma/client.ts';\nexport type Own = Tx;\n",
        'services/a-service/generated/prisma/client.ts': 'export type Tx = 1;\n',
      },
    },
    {
      rule: 'operations-are-handed-repositories',
      files: {
        'services/a-service/src/a/a-operations.ts': importing('./a-repository.ts'),
        'services/a-service/src/a/a-repository.ts': exported,
      },
    },
    {
      rule: 'operations-are-handed-repositories',
      files: {
        'services/a-service/src/a/a-routes.ts': importing('./a-repository.ts'),
        'services/a-service/src/a/a-repository.ts': exported,
      },
    },
    {
      rule: 'operations-know-no-routes',
      files: {
        'services/a-service/src/a/a-operations.ts': importing('./a-routes.ts'),
        'services/a-service/src/a/a-routes.ts': exported,
      },
    },
    {
      rule: 'nobody-imports-a-main',
      files: {
        'services/a-service/src/app.ts': importing('./main.ts'),
        'services/a-service/src/main.ts': exported,
      },
    },
    {
      rule: 'no-unresolvable',
      files: { 'services/a-service/src/app.ts': importing('./nothing-there.ts') },
    },
  ])('$rule is caught: %#', async ({ rule, files }) => {
    plant(files as unknown as Record<string, string>);
    const { code, output } = await cruise();
    expect(output).toContain(`error ${rule}`);
    expect(code).toBeGreaterThan(0);
  });

  it('lets through what keeps to it, having read it', async () => {
    plant({
      'services/a-service/src/a/a-routes.ts': importing('./a-operations.ts'),
      'services/a-service/src/a/a-operations.ts':
        "import type {} from './a-repository.ts';\nexport const value = 1;\n",
      'services/a-service/src/a/a-repository.ts': importing('../../generated/prisma/client.ts'),
      'services/a-service/src/main.ts': importing('./a/a-repository.ts'),
      'services/a-service/generated/prisma/client.ts': exported,
    });
    const { code, output } = await cruise();
    expect(output).toMatch(/no dependency violations found \((?!0 modules)/);
    expect(code).toBe(0);
  });
});
