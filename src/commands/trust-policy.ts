import {
  addClientId,
  allowDuration,
  type CommandParts,
  createIdentityProvider,
  createRole,
  replaceTrustPolicy,
} from '../aws/iam-commands.ts';
import { tokenClaims } from '../aws/token-claims.ts';
import { type Trusted, trustPolicy } from '../aws/trust-policy.ts';
import type { Context } from '../context.ts';
import { parseSignInRecord, type SignInRecord } from '../session/records.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { openStore } from '../store/open-store.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

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

/** All of it can be pasted at once, too: what is there already stays, but for the role's trust policy. */
function commands(
  { settings }: Context,
  { audience, sub }: Trusted,
  policy: object,
  signIn: SignInRecord | undefined,
): string {
  const role = parseRoleArn(settings.roleArn);
  const everyone = 'for everyone who can sign in to this client';
  const whom =
    sub === undefined
      ? `${everyone}.${signIn ? '' : '\n# After a sign-in it is for that user alone.'}`
      : `for ${harmless(signIn?.name ?? sub)} alone,\n# or with --any-user ${everyone}.`;
  const longer = allowDuration(settings);
  return `# For an administrator of AWS account ${role?.account}.

# The OIDC identity provider. Where there is one, the client id is added to it.
# An AWS CLI from before July 2024 wants --thumbprint-list as well.
${lines(createIdentityProvider(settings, audience))} ||
${lines(addClientId(settings, audience))}

# The role ${role?.name}, ${whom}
# Where there is no such role yet:
${lines(createRole(settings, policy))}

# Where there is, this REPLACES its trust policy: whoever else that lets in is
# locked out. To keep them, add the statement to what the role has by now:
#   aws iam get-role --role-name ${role?.name}
${lines(replaceTrustPolicy(settings, policy))}
${longer ? `\n# For sessions of ${settings.duration} s:\n${lines(longer)}\n` : ''}`;
}

/** An option a line, for a terminal and for whoever reads before they paste. */
function lines(command: CommandParts): string {
  return command.join(' \\\n  ');
}

/** A name for a comment: zsh runs what is pasted after a `#`, and the provider chose the name. */
function harmless(name: string): string {
  return /^[\p{L}\p{N}@._+ -]{1,100}$/u.test(name) ? name : 'this user';
}
