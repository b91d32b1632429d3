import type { SettingName } from '../settings/setting-table.ts';

/** A provider that is recognised by its issuer, and the settings that it needs beside issuer and client. */
export interface KnownProvider {
  name: string;
  settings: Partial<Record<SettingName, string>>;
  /** Set if it issues a client secret to desktop apps and requires it with every code (RFC 8252 8.5). */
  clientSecret?: true;
}

/** The port to register at providers that compare it. */
const fixedPort = '8400';

const knownProviders: readonly (KnownProvider & { issuer: RegExp })[] = [
  {
    // https://developers.google.com/identity/protocols/oauth2/native-app
    name: 'Google',
    issuer: /^https:\/\/accounts\.google\.com$/,
    settings: { authorizeParams: 'access_type=offline&prompt=consent' },
    clientSecret: true,
  },
  {
    // Accepts any port, but only of localhost. https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
    name: 'Microsoft Entra',
    issuer:
      /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//,
    settings: { redirectHost: 'localhost' },
  },
  {
    // Accepts http for localhost only. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
    name: 'Amazon Cognito',
    issuer: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//,
    settings: { redirectHost: 'localhost', redirectPort: fixedPort },
  },
  {
    // https://auth0.com/docs/get-started/applications/application-settings
    name: 'Auth0',
    issuer: /^https:\/\/[a-z0-9.-]+\.auth0\.com\//,
    settings: { redirectPort: fixedPort },
  },
  {
    // https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/
    name: 'Okta',
    issuer: /^https:\/\/[a-z0-9-]+\.(okta|oktapreview|okta-emea|okta-gov)\.com(\/|$)/,
    settings: { redirectPort: fixedPort },
  },
];

/** Returns the known provider of an issuer, or undefined: the defaults then follow RFC 8252 and OIDC. */
export function knownProvider(issuer: string): KnownProvider | undefined {
  return knownProviders.find((provider) => provider.issuer.test(issuer));
}
