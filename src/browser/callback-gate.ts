import { sameText } from './browser-cookie.ts';

export interface CallbackRefusal {
  status: number;
  reason: string;
  /** Set if it answers another sign-in than the open one. */
  stranger?: true;
}

/**
 * Returns why the parameters of a callback are refused, whether a browser brought them or a person pasted them; undefined if they are
 * accepted. An empty `state` accepts none.
 */
export function refuseCallback(
  parameters: URLSearchParams,
  { answered, state }: { answered: boolean; state: string },
): CallbackRefusal | undefined {
  const names = [...parameters.keys()];
  const odd = { status: 400, reason: 'its parameters are not those of a sign-in' };
  if (names.length > 12 || new Set(names).size < names.length) return odd;
  if (answered) return { status: 410, reason: 'this sign-in has been answered before' };
  if (!sameText(parameters.get('state') ?? '', state))
    return { status: 400, reason: 'its state is not that of the open sign-in', stranger: true };
  // Tokens never come through the browser (RFC 9700 2.1.2).
  const foreign = ['access_token', 'id_token', 'response'].some((name) => parameters.has(name));
  return foreign || parameters.has('code') === parameters.has('error') ? odd : undefined;
}
