import { tokenClaims } from '../aws/token-claims.ts';
import { identityProviderArn, type Trusted, trustPolicy } from '../aws/trust-policy.ts';
import type { Call } from '../command.ts';
import type { Context } from '../context.ts';
import { printable } from '../printable.ts';
import { openStore } from '../session/open-store.ts';
import { parseSignInRecord, type SignInRecord } from '../session/records.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { writeOut } from '../terminal.ts';

export const help = `daypass trust-policy [--profile P] [--any-user] [--json]

Prints what IAM needs for this issuer, client and role, as commands for an
administrator: the OIDC identity provider and the role's trust policy. After a
sign-in it fits the very token that came: its audience, its user, its tags.

  --any-user   let everyone in who can sign in to this client
  --json       only the documents
`;

/** Gives the exit code, throws a DaypassError. Nothing is changed in AWS. */
export async function run({ switches, open }: Call): Promise<number> {
  const context = open();
  const { settings } = context;
  const signIn = await signInAtHand(context);
  const trusted = trustedBy(settings.clientId, signIn, switches.has('any-user'));
  const policy = trustPolicy(settings, trusted);
  const client = { Url: settings.issuer, ClientIDList: [trusted.audience] };
  writeOut(
    switches.has('json')
      ? `${JSON.stringify({ openIdConnectProvider: client, trustPolicy: policy })}\n`
      : commands(context, trusted, policy, signIn),
  );
  return 0;
}

/** A keychain that does not answer costs the user's name alone. */
async function signInAtHand({ settings, keys, folder }: Context): Promise<SignInRecord | undefined> {
  const store = await openStore(settings, folder);
  try {
    return parseSignInRecord(await store.read(keys.signIn), settings);
  } catch {
    return undefined;
  } finally {
    store.close();
  }
}

function trustedBy(clientId: string, signIn: SignInRecord | undefined, anyUser: boolean): Trusted {
  const claims = tokenClaims(signIn?.idToken ?? '');
  return {
    audience: claims?.audience ?? clientId,
    sub: anyUser ? undefined : signIn?.sub,
    actions: claims?.actions ?? ['sts:AssumeRoleWithWebIdentity'],
  };
}

function commands(
  { settings }: Context,
  { audience, sub }: Trusted,
  policy: object,
  signIn: SignInRecord | undefined,
): string {
  const role = parseRoleArn(settings.roleArn);
  const who =
    sub === undefined
      ? `everyone who can sign in to this client${signIn ? '' : '; sign in first to have it for one user'}`
      : `${printable(signIn?.name ?? sub)} alone; --any-user for everyone who can sign in to this client`;
  const longest =
    settings.duration > 3600
      ? `aws iam update-role --role-name ${role?.name} --max-session-duration ${settings.duration}\n`
      : '';
  return `# In AWS account ${role?.account}. Once for the account:
# ${identityProviderArn(settings)}
aws iam create-open-id-connect-provider --url ${quoted(settings.issuer)} --client-id-list ${quoted(audience)}

# For the role ${role?.name}: ${who}.
# (A new role: aws iam create-role --role-name ${role?.name} --assume-role-policy-document …)
aws iam update-assume-role-policy --role-name ${role?.name} --policy-document ${quoted(JSON.stringify(policy, null, 2))}
${longest}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
