import type { AccountTrust, TrustedProvider } from './account-trust.ts';
import { trustPolicy } from './trust-policy.ts';

/**
 * Returns the documents of each account. The two of a single role are also fields of their own, as they were before
 * there could be several.
 */
export function trustDocuments(accounts: readonly AccountTrust[]): object {
  const roles = accounts.flatMap((account) => account.roles.map((role) => ({ account, role })));
  const [only, ...others] = roles;
  const single =
    only && others.length === 0 && only.account.issuers.length === 1
      ? {
          openIdConnectProvider: only.account.providers.map(providerDocument)[0] ?? null,
          trustPolicy: trustPolicy(only.role.statements),
        }
      : {};
  return {
    ...single,
    accounts: accounts.map(({ account, providers, roles }) => ({
      account,
      openIdConnectProviders: providers.map(providerDocument),
      roles: roles.map(({ arn, profiles, maxSessionDuration, statements }) => ({
        roleArn: arn,
        profiles,
        ...(maxSessionDuration === undefined ? {} : { maxSessionDuration }),
        trustPolicy: trustPolicy(statements),
      })),
    })),
  };
}

/** Returns the input of CreateOpenIDConnectProvider. */
function providerDocument({ issuer, audiences }: TrustedProvider): object {
  return { Url: issuer, ClientIDList: audiences };
}
