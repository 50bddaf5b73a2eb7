/** The modules that a program imports; `express-types` only adds to a type of Express. */
export const ENTRIES = ['index', 'express', 'fastify', 'node', 'fetch', 'testing'];
