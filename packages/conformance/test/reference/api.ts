export const MAX_BODY_BYTES = 65_536;
export const SCOPES = ['notes:read', 'notes:write'];

const reading = { security: [{ login: ['notes:read'] }] };
const writing = { security: [{ login: ['notes:write'] }] };
const body = {
  requestBody: {
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['title'],
          properties: { title: { type: 'string', maxLength: 200 } },
        },
      },
    },
  },
};
const limit = { in: 'query', name: 'limit', schema: { type: 'integer' } };
const id = { in: 'path', name: 'id', required: true, schema: { type: 'integer' } };

export const API_DOCUMENT = {
  openapi: '3.1.1',
  info: { title: 'notes-service', version: '1' },
  paths: {
    '/notes': { get: { ...reading, parameters: [limit] }, post: { ...writing, ...body } },
    '/notes/{id}': {
      parameters: [id],
      get: reading,
      put: { ...writing, ...body },
      delete: writing,
    },
  },
  components: { securitySchemes: { login: { type: 'oauth2' } } },
};
