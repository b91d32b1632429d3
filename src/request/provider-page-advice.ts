import type { Settings } from '../settings/settings.ts';

/**
 * Returns what to check if the provider shows an error of its own, which never reaches daypass: a wrong
 * client id, or a redirect address that is not registered (RFC 6749 4.1.2.1).
 */
export function providerPageAdvice(settings: Settings, link: string): string {
  const { clientId, redirectHost, redirectPath, redirectPorts } = settings;
  // RFC 8252 7.3: the provider then has to accept any port. Some do not, so the port of this time is no use.
  const fixed = `http://${redirectHost}:8400${redirectPath}`;
  const address =
    redirectPorts.length > 0
      ? `${new URL(link).origin}${redirectPath}`
      : `http://${redirectHost}${redirectPath} with any port (or register ${fixed} and set daypass_redirect_port = 8400)`;
  return `if the browser shows an error of the provider, check that daypass_client_id = ${clientId} is right and that the provider allows this client the redirect address ${address}`;
}
