import type { KnownProvider } from '../oidc/known-providers.ts';
import type { SettingName } from '../settings/setting-table.ts';

/** The address of a client that may use any port of loopback (RFC 8252 7.3). */
export const ordinaryAddress = 'http://127.0.0.1/callback';

/** Returns the redirect addresses of a client. `find` returns the settings that are given for it. */
export function redirectAddresses(
  provider: KnownProvider | undefined,
  find: (name: SettingName) => string | undefined,
): string[] {
  const value = (name: SettingName) => find(name) ?? provider?.settings[name];
  const host = value('redirectHost') ?? '127.0.0.1';
  const path = value('redirectPath') ?? '/callback';
  const ports =
    value('redirectPort')
      ?.split(/[\s,]+/)
      .filter(Boolean) ?? [];
  const parts = ports.length > 0 ? ports.map((port) => `:${port}`) : [''];
  return parts.map((port) => `http://${host}${port}${path === 'none' ? '' : path}`);
}

const anyProvider =
  'register daypass as a public (native) client without a secret, with the authorization code flow, PKCE and refresh tokens, and with';

/** Returns what to register, as an imperative, and the addresses to copy, of which some providers need none. */
export function registration(
  provider: KnownProvider | undefined,
  addresses: readonly string[],
): { advice: string; copy: readonly string[] } {
  const these = addresses.length > 1 ? 'these redirect addresses' : 'this redirect address';
  if (!provider) return { advice: `At your provider, ${anyProvider} ${these}`, copy: addresses };
  const advice = provider.register(these);
  return { advice: `At ${provider.name}, ${advice}`, copy: advice.includes(these) ? addresses : [] };
}
