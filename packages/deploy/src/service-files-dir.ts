/** Where containers find the published `service.json` files. */
export const SERVICE_FILES_DIR = '/run/service-files/current';
