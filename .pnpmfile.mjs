/** npm's packages of Node itself name their platform as a text; pnpm only understands a list. */
export const hooks = {
  readPackage(manifest) {
    if (!/^node-(darwin|linux|win)-/.test(manifest.name)) return manifest;
    return { ...manifest, os: [manifest.os].flat(), cpu: [manifest.cpu].flat() };
  },
};
