import module from 'node:module';

// Plain JavaScript, so that a Node which cannot run TypeScript still says what it needs.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 12)) {
  // Where npm carries Node itself: the root package.json's optionalDependencies.
  const carried = ['linux-x64', 'linux-arm64', 'darwin-x64', 'win32-x64'];
  const next = carried.includes(`${process.platform}-${process.arch}`)
    ? 'start it with `npx -y pnpm@12 start`, which brings its own.'
    : 'install that from https://nodejs.org first.';
  process.stderr.write(
    `Latchkey runs on Node 24.12 or later, and this is ${process.versions.node}: ${next}\n`,
  );
  process.exit(1);
}
module.enableCompileCache?.();
await import('../src/main.ts');
