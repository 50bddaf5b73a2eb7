/** What the service takes (services/support-service/openapi.json). */
export const MAX_MESSAGE_LENGTH = 8_000;
export const MAX_SUBJECT_LENGTH = 200;
