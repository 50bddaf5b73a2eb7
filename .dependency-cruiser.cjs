/** The import rule: what may import what. `pnpm boundaries` checks it. */
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule(
      'no-service-imports-another',
      'Services talk over HTTP only.',
      { path: '^services/([^/]+)/' },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    rule(
      'web-knows-services-by-their-documents',
      'The browser app shares the look with the hosted pages, and no code with what runs in Node.',
      { path: '^services/web/src/' },
      {
        path: '^(packages|services|test|bench|examples)/',
        pathNot: '^(services/web|packages/design)/',
      },
    ),
    rule(
      'no-package-imports-a-service',
      'Packages are what services stand on, not the other way round.',
      { path: '^packages/' },
      { path: '^services/' },
    ),
    rule(
      'jwt-verify-stands-alone',
      'jwt-verify is published: it knows npm and node, nothing of this workspace.',
      { path: '^packages/jwt-verify/' },
      { path: '^(packages|services|test|bench|examples)/', pathNot: '^packages/jwt-verify/' },
    ),
    rule(
      'examples-import-only-jwt-verify',
      'Another team has jwt-verify and npm, nothing else of this workspace. mcp-server shows a service of it.',
      { path: '^examples/', pathNot: '^examples/mcp-server/' },
      { path: '^(packages|services|test|bench)/', pathNot: '^packages/jwt-verify/' },
    ),
    rule(
      'the-mcp-example-is-a-service',
      'It stands on packages, and talks to services over HTTP.',
      { path: '^examples/mcp-server/' },
      { path: '^(services|test|bench)/' },
    ),
    rule(
      'conformance-stands-alone',
      'conformance is published, and judges jwt-verify: its sources share no code with the workspace.',
      { path: '^packages/conformance/(src|scripts)/' },
      { path: '^(packages|services|test|bench)/', pathNot: '^packages/conformance/' },
    ),
    rule(
      'service-kit-imports-only-jwt-verify',
      'service-kit may build on jwt-verify alone.',
      { path: '^packages/service-kit/src/' },
      { path: '^(packages|services)/', pathNot: '^packages/(service-kit|jwt-verify)/' },
    ),
    rule(
      'service-kit-in-order',
      'http stands on joining, joining on process.',
      { path: '^packages/service-kit/src/(process|joining)/' },
      { path: '^packages/service-kit/src/(http|calling|starting)/' },
    ),
    rule(
      'tests-stay-out-of-sources',
      'Images carry no test code.',
      { path: '/src/', pathNot: '^(test|bench)/' },
      { path: '^packages/[^/]+/testing/' },
    ),
    rule(
      'only-repositories-call-prisma',
      'routes -> operations -> repository -> Prisma, types and the pool included.',
      { path: '^services/[^/]+/src/', pathNot: '(-repository|/src/(main|store|database))\\.ts$' },
      { path: '(^|/)generated/prisma/|@prisma/|node_modules/(@types/)?pg/' },
    ),
    rule(
      'operations-are-handed-repositories',
      'main makes repositories; a route calls an operation, and an operation knows their types.',
      { path: '^services/[^/]+/src/', pathNot: '(-repository|/src/(main|store))\\.ts$' },
      { path: '-repository\\.ts$', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'operations-know-no-routes',
      'Domain logic knows nothing of HTTP.',
      { path: '-(operations|repository)\\.ts$' },
      { path: '(-routes\\.ts$|node_modules/express/)' },
    ),
    rule(
      'nobody-imports-a-main',
      'main.ts only starts a process; a launcher in bin/ may check the ground for it first.',
      { pathNot: '/bin/' },
      { path: '/main\\.ts$' },
    ),
    rule('no-cycles', 'A cycle has no order to be read in.', {}, { circular: true }),
    rule(
      'no-unresolvable',
      'An import that cannot be resolved is not checked at all.',
      {},
      { couldNotResolve: true, pathNot: '(^|/)generated/' },
    ),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: '(node_modules|generated)/' },
    exclude: { path: '(^|/)(dist|\\.data|\\.turbo)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
