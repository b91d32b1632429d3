import type { Settings } from '../settings/settings.ts';

/**
 * Returns what to check if the provider shows an error of its own, which never reaches daypass: a wrong
 * client id, or a redirect address that is not registered (RFC 6749 4.1.2.1).
 */
export function providerPageAdvice(settings: Settings, link: string): string {
  const { clientId, redirectHost, redirectPath, redirectPorts } = settings;
  // RFC 8252 7.3: the provider then has to accept any port.
  const anyPort = `http://${redirectHost}${redirectPath} with any port, or one in daypass_redirect_port`;
  const registered = redirectPorts.length > 0 ? '' : `; this needs ${anyPort}`;
  return `if the browser shows an error of the provider, check there that client ${clientId} exists and has the redirect address ${new URL(link).origin}${redirectPath}${registered}`;
}
