import * as iam from '../aws/iam-commands.ts';
import { iamFault, iamRemedy, isBuiltIn, issuerName, openProvider } from '../aws/identity-provider.ts';
import { type Trusted, tokenClaims, trustPolicy } from '../aws/trust-policy.ts';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import { parseSignInRecord, type SignInRecord } from '../session/records.ts';
import { readIndexEntry } from '../session/sign-in-index.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { withStore } from '../store/open-store.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass trust-policy [--profile P] [--any-user] [--json]

Prints the AWS CLI commands with which an administrator makes IAM trust this
issuer, client and role: the OIDC identity provider and the role's trust policy.
They match the token of your sign-in exactly: its audience, user and tags.

  --any-user   trust every user of this client, which needs no sign-in; refused
               where anyone in the world can register (Google, GitLab.com, …)
  --json       print only the two documents, as one line of JSON
`;

/** Prints the commands or documents, and changes nothing in AWS. Returns 0. Throws a DaypassError. */
export async function run({ switches, open }: Call): Promise<number> {
  const context = open();
  const { settings } = context;
  const anyUser = switches.has('any-user');
  const signIn = await storedSignIn(context, anyUser);
  const claims = tokenClaims(signIn?.idToken ?? '');
  const trusted = {
    audience: claims?.audience ?? settings.clientId,
    sub: anyUser ? undefined : signIn?.sub,
    actions: claims?.actions ?? ['sts:AssumeRoleWithWebIdentity'],
  };
  if (anyUser) refuseEveryone(settings, signIn !== undefined);
  const policy = trustPolicy(settings, trusted);
  const client = { Url: settings.issuer, ClientIDList: [trusted.audience] };
  const documents = {
    openIdConnectProvider: isBuiltIn(settings.issuer) ? null : client,
    trustPolicy: policy,
  };
  writeOut(
    switches.has('json') ? `${JSON.stringify(documents)}\n` : commands(settings, trusted, policy, signIn),
  );
  return 0;
}

/**
 * Returns the stored sign-in; undefined only with `--any-user`, which needs none. Without one the policy
 * would trust everyone. Throws `sign-in-needed` and `keychain-…`.
 */
async function storedSignIn({ settings, keys, folder }: Context, anyUser: boolean) {
  const found = withStore(settings, folder, async (store) => {
    const record = parseSignInRecord(await store.read(keys.signIn), settings);
    // A locked keychain looks empty until something is written, although the index has a sign-in.
    if (!record && readIndexEntry(folder)) await store.check();
    return record;
  });
  if (anyUser) return await found.catch(() => undefined);
  const signIn = await found;
  if (!signIn) throw noUser(settings);
  return signIn;
}

function noUser(settings: Settings): DaypassError {
  refuseEveryone(settings, false);
  const fault = 'there is no sign-in yet, so the policy could trust only everyone';
  const advice =
    'to print a policy for every user, add --any-user; to sign in first, even if AWS refuses the role';
  const hint = { advice, command: `daypass login ${settings.signInFlags}` };
  return new DaypassError('sign-in-needed', fault, { hint });
}

/** Throws `unsafe-trust` if a policy without a user would trust the whole world. */
function refuseEveryone({ issuer, signInFlags }: Settings, isSignedIn: boolean): void {
  const name = openProvider(issuer);
  if (!name) return;
  const key = `${issuerName(issuer)}:sub`;
  throw new DaypassError(
    'unsafe-trust',
    `anyone in the world can register at ${name}, so this policy would trust everyone`,
    {
      hint: isSignedIn
        ? `leave out --any-user, and list the sub of each user in the condition ${key}, or require a claim of your company such as hd`
        : {
            advice:
              'sign in first, so that the policy names the sub of a user; or require a claim such as hd',
            command: `daypass login ${signInFlags}`,
          },
    },
  );
}

/** Returns a script to paste as a whole. The role's trust policy is all that it replaces. */
function commands(
  settings: Settings,
  { audience, sub }: Trusted,
  policy: object,
  signIn: SignInRecord | undefined,
): string {
  const role = parseRoleArn(settings.roleArn);
  const everyone = 'every user who can sign in to this client';
  const whom =
    sub === undefined
      ? `${everyone}.`
      : `${harmless(signIn?.name ?? sub)} only.\n# With --any-user it trusts ${everyone}.`;
  const longer = iam.allowDuration(settings);
  return `# For an administrator of AWS account ${role?.account}.${posixShell()}
${issuerRemark(settings)}
${identityProvider(settings, audience)}

# The role ${role?.name} trusts ${whom}
# Create the role if it does not exist:
${lines(iam.createRole(settings, policy))}

# If the role exists, this REPLACES its trust policy: everyone else whom that
# policy trusts loses access. To keep them, add the statement to the existing
# policy, which you get with:
#   aws iam get-role --role-name ${role?.name}
${lines(iam.replaceTrustPolicy(settings, policy))}
${longer ? `\n# Allow sessions of ${settings.duration} s:\n${lines(longer)}\n` : ''}`;
}

/** Returns where to run the commands, as a comment: cmd and PowerShell cannot quote the documents alike. */
function posixShell(): string {
  return process.platform === 'win32'
    ? '\n# Paste this into a POSIX shell such as AWS CloudShell, not into cmd or PowerShell.'
    : '';
}

/** Returns why IAM rejects the commands, as a comment. */
function issuerRemark({ issuer, stsEndpoint }: Settings): string {
  const fault = iamFault(issuer);
  if (!fault) return '';
  const who = stsEndpoint ? 'Another STS may accept it' : `Remedy: ${iamRemedy}`;
  return `#\n# ${fault}.\n# ${who}.\n`;
}

/** Returns the commands for the identity provider, which IAM has already for Google. */
function identityProvider(settings: Settings, audience: string): string {
  if (isBuiltIn(settings.issuer)) return '# Google is part of IAM: create no OIDC identity provider for it.';
  return `# Create the OIDC identity provider, or add the client id to an existing one.
# An AWS CLI older than July 2024 also requires --thumbprint-list.
${lines(iam.createIdentityProvider(settings, audience))} ||
${lines(iam.addClientId(settings, audience))}`;
}

/** Returns the command with one option a line, easy to read before it is pasted. */
function lines(command: iam.CommandParts): string {
  return command.join(' \\\n  ');
}

/** Returns a name that is safe in a comment: zsh runs pasted text after a `#`, and the provider chose it. */
function harmless(name: string): string {
  return /^[\p{L}\p{N}@._+ -]{1,100}$/u.test(name) ? name : 'this user';
}
