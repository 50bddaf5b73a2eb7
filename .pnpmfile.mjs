/** npm's packages of Node itself name their platform as a text; pnpm only understands a list. */
const nodeOfAPlatform = (manifest) => ({
  ...manifest,
  os: [manifest.os].flat(),
  cpu: [manifest.cpu].flat(),
});

/** TypeDoc reads sources by TypeScript's JavaScript API, which version 7 does not have. */
const typedoc = ({ peerDependencies, dependencies, ...manifest }) => ({
  ...manifest,
  dependencies: { ...dependencies, typescript: '6.0.3' },
});

export const hooks = {
  readPackage(manifest) {
    if (/^node-(darwin|linux|win)-/.test(manifest.name)) return nodeOfAPlatform(manifest);
    return manifest.name === 'typedoc' ? typedoc(manifest) : manifest;
  },
};
