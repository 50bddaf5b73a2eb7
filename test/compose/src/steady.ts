const PAUSE_MS = 50;

/**
 * Asks for each of these addresses over and over.
 *
 * @returns a function that ends it, and gives back what was answered: `GET /todo 200`
 */
export function askSteadily(origin: string, requests: readonly [path: string, token?: string][]) {
  const answers = new Set<string>();
  let done = false;
  const ask = async (path: string, token?: string) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    while (!done) {
      const response = await fetch(`${origin}${path}`, { headers }).catch((error: Error) => error);
      if (!(response instanceof Error)) await response.arrayBuffer();
      answers.add(`GET ${path} ${response instanceof Error ? response.message : response.status}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const asking = requests.map(([path, token]) => ask(path, token));
  return async (): Promise<string[]> => {
    done = true;
    await Promise.all(asking);
    return [...answers].toSorted();
  };
}
