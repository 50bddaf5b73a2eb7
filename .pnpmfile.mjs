/** npm's packages of Node itself name their platform as a text; pnpm only understands a list. */
const nodeOfAPlatform = (manifest) => ({
  ...manifest,
  os: [manifest.os].flat(),
  cpu: [manifest.cpu].flat(),
});

/** What uses TypeScript's JavaScript API, which version 7 does not have, and a version that has it. */
const typescriptOf = { typedoc: '6.0.3', 'openapi-typescript': '5.9.3' };

const withTypescript = ({ peerDependencies, dependencies, ...manifest }) => ({
  ...manifest,
  dependencies: { ...dependencies, typescript: typescriptOf[manifest.name] },
});

export const hooks = {
  readPackage(manifest) {
    if (/^node-(darwin|linux|win)-/.test(manifest.name)) return nodeOfAPlatform(manifest);
    return manifest.name in typescriptOf ? withTypescript(manifest) : manifest;
  },
};
