import type { AccountTrust, TrustedProvider, TrustingRole } from './account-trust.ts';
import * as iam from './iam-commands.ts';
import { issuerRemarks, listed, trustRemarks } from './trust-remarks.ts';

/**
 * Returns a script to paste as a whole, with a section for each account. The trust policies of the roles are all that
 * it replaces.
 */
export function iamScript(accounts: readonly AccountTrust[]): string {
  const [first] = accounts;
  if (first && accounts.length === 1)
    return `${comment([`For an administrator of AWS account ${first.account}.`, ...posixShell()])}${remarks(first)}
${section(first)}`;
  const names = accounts.map(({ account }) => account);
  return `${comment([
    `For an administrator of the AWS accounts ${listed(names)}.`,
    'Paste all of it once with the credentials of each account: a section does',
    'nothing in another account.',
    ...posixShell(),
  ])}${accounts.map((account) => guarded(account)).join('')}`;
}

/** Returns a section that does nothing with the credentials of another account. */
function guarded(trust: AccountTrust): string {
  const { account } = trust;
  return `
# AWS account ${account}
${remarks(trust)}if [ "$(aws sts get-caller-identity --query Account --output text)" = ${account} ]; then
${section(trust)}fi
`;
}

function section({ providers, roles, issuers }: AccountTrust): string {
  const builtIn = issuers.length > providers.length;
  return [
    ...(builtIn ? ['# Google is part of IAM: create no OIDC identity provider for it.\n'] : []),
    ...providers.map(identityProvider),
    ...roles.map(role),
  ].join('\n');
}

/** Returns the commands for an identity provider, which may exist with other client ids. */
function identityProvider({ issuer, arn, audiences: [audience = '', ...others] }: TrustedProvider): string {
  const commands = [
    `${lines(iam.createIdentityProvider(issuer, audience))} ||\n${lines(iam.addClientId(arn, audience))}`,
    ...others.map((other) => lines(iam.addClientId(arn, other))),
  ];
  return `# Create the OIDC identity provider, or add the client id to an existing one.
# An AWS CLI older than July 2024 also requires --thumbprint-list.
${commands.join('\n')}
`;
}

function role(role: TrustingRole): string {
  const { name, maxSessionDuration: seconds, statements } = role;
  const several = statements.length > 1;
  return `${comment(trustRemarks(role))}# Create the role if it does not exist:
${lines(iam.createRole(role))}

# If the role exists, this REPLACES its trust policy: everyone else whom that
# policy trusts loses access. To keep them, add the ${several ? 'statements' : 'statement'} to the existing
# policy, which you get with:
#   aws iam get-role --role-name ${name}
${lines(iam.replaceTrustPolicy(role))}
${seconds === undefined ? '' : `\n# Allow sessions of ${seconds} s:\n${lines(iam.allowDuration(role, seconds))}\n`}`;
}

/** Returns where to run the commands: cmd and PowerShell cannot quote the documents alike. */
function posixShell(): string[] {
  return process.platform === 'win32'
    ? ['Paste this into a POSIX shell such as AWS CloudShell, not into cmd or PowerShell.']
    : [];
}

/** Returns the remarks on the issuers below an empty comment. */
function remarks(account: AccountTrust): string {
  const texts = issuerRemarks(account);
  return texts.length > 0 ? comment(['', ...texts]) : '';
}

function comment(texts: readonly string[]): string {
  return texts.map((text) => `${`# ${text}`.trimEnd()}\n`).join('');
}

/** Returns the command with one option a line, easy to read before it is pasted. */
function lines(command: iam.CommandParts): string {
  return command.join(' \\\n  ');
}
