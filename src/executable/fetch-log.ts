import type * as Package from '../network/fetch-log.ts';

/** Bun's fetch has no diagnostics channel, so this replaces it in a process with a log. */
export const logFetch: typeof Package.logFetch = ({ began, ended }) => {
  const { fetch: own } = globalThis;
  const logged = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const request = {};
    const { href } = new URL(input instanceof Request ? input.url : input);
    began(request, init?.method ?? 'GET', new URL(href));
    try {
      const response = await own(input, init);
      ended(request, { status: response.status });
      return response;
    } catch (error) {
      ended(request, { error });
      throw error;
    }
  };
  globalThis.fetch = logged;
};
