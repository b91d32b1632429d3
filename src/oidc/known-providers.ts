import type { SettingName } from '../settings/setting-table.ts';

/** A provider that is recognised by its issuer, and what daypass needs there beside issuer and client. */
export interface KnownProvider {
  name: string;
  settings: Partial<Record<SettingName, string>>;
  /** Gives desktop apps a client secret and wants it with every code (RFC 8252 8.5). */
  clientSecret?: true;
}

/** Registered as it is where any port but this one is refused. */
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
    // Any port, but of localhost. https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
    name: 'Microsoft Entra',
    issuer:
      /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//,
    settings: { redirectHost: 'localhost' },
  },
  {
    // http for localhost alone. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
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

/** Undefined for an issuer of which nothing is known; RFC 8252 and OIDC say what it takes then. */
export function knownProvider(issuer: string): KnownProvider | undefined {
  return knownProviders.find((provider) => provider.issuer.test(issuer));
}
