// For HEALTHCHECK: succeeds when the service in whose folder this runs says that it is ready.
// Plain JavaScript on node:http, for it runs every few seconds in every container: with types to
// strip and fetch to load, it took five times the CPU.
const { get } = require('node:http');
const { port, ready = '/readyz' } = require(`${process.cwd()}/service.json`);

process.exitCode = 1;
const question = get({ host: '127.0.0.1', port, path: ready, timeout: 2_500 }, (answer) => {
  if (answer.statusCode === 200) process.exitCode = 0;
  answer.pipe(process.stdout);
});
question.on('timeout', () => question.destroy(new Error('timed out')));
question.on('error', (error) => process.stdout.write(error.message));
