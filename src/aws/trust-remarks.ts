import type { AccountTrust, TrustingRole } from './account-trust.ts';
import { iamFault, iamRemedy } from './identity-provider.ts';

// What the formats say in comments. A comment holds nothing that a shell would run: zsh runs pasted text after a `#`.

/** Returns why IAM rejects issuers, a fault and a remedy each. */
export function issuerRemarks({ issuers, hasOtherSts }: AccountTrust): string[] {
  return issuers.flatMap((issuer) => {
    const fault = iamFault(issuer);
    return fault ? [`${fault}.`, hasOtherSts ? 'Another STS may accept it.' : `Remedy: ${iamRemedy}.`] : [];
  });
}

/** Returns whom a role will trust, and for single users how it can trust all. */
export function trustRemarks({ name, trusted }: TrustingRole): string[] {
  const clients = new Set(
    trusted.map(({ settings, trusted: { audience } }) => `${settings.issuer} ${audience}`),
  );
  const everyone = `every user who can sign in to ${clients.size > 1 ? 'these clients' : 'this client'}`;
  const users = trusted.flatMap(({ name: user }) => (user === undefined ? [] : [harmless(user)]));
  if (users.length < trusted.length) return [`The role ${name} trusts ${everyone}.`];
  return [
    `The role ${name} trusts ${listed([...new Set(users)])} only.`,
    `With --any-user it trusts ${everyone}.`,
  ];
}

/** Returns a name that is safe in a comment: the provider chose it. */
function harmless(name: string): string {
  return /^[\p{L}\p{N}@._+ -]{1,100}$/u.test(name) ? name : 'this user';
}

/** Returns `a, b and c`. */
export function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' and ');
}
