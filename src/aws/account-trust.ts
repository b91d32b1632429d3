import { DaypassError } from '../errors.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { someOf } from '../terminal/some-of.ts';
import { identityProviderArn, isBuiltIn } from './identity-provider.ts';
import { everyRoleAllows, type Trusted, type TrustStatement, trustStatement } from './trust-policy.ts';

/** A profile, and the tokens that its role is to trust. */
export interface ProfileTrust {
  settings: Pick<Settings, 'profile' | 'issuer' | 'roleArn' | 'duration' | 'stsEndpoint'>;
  trusted: Trusted;
  /** The name of the user, which the provider chose. Undefined if the role is to trust every user. */
  name?: string | undefined;
}

/** An OIDC identity provider of an account. */
export interface TrustedProvider {
  issuer: string;
  arn: string;
  /** The client ids. */
  audiences: readonly string[];
}

/** A role and its whole trust policy. */
export interface TrustingRole {
  arn: string;
  name: string;
  /** `/`, or `/teams/a/`. */
  path: string;
  profiles: readonly string[];
  /** Seconds; undefined if every role allows what the profiles ask for. */
  maxSessionDuration: number | undefined;
  trusted: readonly ProfileTrust[];
  /** One for each kind of token: a list in one statement would also admit an audience with the user of another. */
  statements: readonly TrustStatement[];
}

/** What an AWS account needs so that the roles of its profiles trust their users. */
export interface AccountTrust {
  account: string;
  /** All issuers, also those that are part of IAM. */
  issuers: readonly string[];
  /** One for each issuer that is not part of IAM. */
  providers: readonly TrustedProvider[];
  roles: readonly TrustingRole[];
  /** The tokens are for an STS that is not that of AWS. */
  hasOtherSts: boolean;
}

/**
 * Groups the profiles by account and by role, in the order in which they come. Throws `bad-configuration` if two
 * profiles name one role in two ways.
 */
export function accountTrusts(profiles: readonly ProfileTrust[]): AccountTrust[] {
  const faults = conflicts(profiles);
  if (faults.length > 0)
    throw new DaypassError('bad-configuration', faults, {
      hint: 'correct daypass_role_arn: IAM has one role of a name, in capitals or not, in any path',
    });
  return grouped(profiles, ({ settings }) => accountOf(settings)).map((ofAccount) => {
    const issuers = [...new Set(ofAccount.map(({ settings }) => settings.issuer))];
    return {
      account: accountOf(ofAccount[0].settings),
      issuers,
      providers: grouped(
        ofAccount.filter(({ settings }) => !isBuiltIn(settings.issuer)),
        ({ settings }) => settings.issuer,
      ).map(providerOf),
      roles: grouped(ofAccount, ({ settings }) => settings.roleArn).map(roleOf),
      hasOtherSts: ofAccount.some(({ settings }) => settings.stsEndpoint !== undefined),
    };
  });
}

type Group = readonly [ProfileTrust, ...ProfileTrust[]];

function grouped(profiles: readonly ProfileTrust[], keyOf: (profile: ProfileTrust) => string): Group[] {
  const groups = new Map<string, [ProfileTrust, ...ProfileTrust[]]>();
  for (const profile of profiles) {
    const group = groups.get(keyOf(profile));
    if (group) group.push(profile);
    else groups.set(keyOf(profile), [profile]);
  }
  return [...groups.values()];
}

function providerOf(profiles: Group): TrustedProvider {
  const { settings } = profiles[0];
  const audiences = [...new Set(profiles.map(({ trusted }) => trusted.audience))];
  return { issuer: settings.issuer, arn: identityProviderArn(settings), audiences };
}

function roleOf(profiles: Group): TrustingRole {
  const { roleArn } = profiles[0].settings;
  const { name = '' } = parseRoleArn(roleArn) ?? {};
  const longest = Math.max(...profiles.map(({ settings }) => settings.duration));
  const statements = profiles.map(({ settings, trusted }) => trustStatement(settings, trusted));
  return {
    arn: roleArn,
    name,
    path: roleArn.slice(roleArn.indexOf('/'), -name.length),
    profiles: profiles.map(({ settings }) => settings.profile),
    maxSessionDuration: longest > everyRoleAllows ? longest : undefined,
    trusted: profiles,
    statements: [...new Map(statements.map((each) => [JSON.stringify(each), each])).values()],
  };
}

/** Returns a fault for each role that profiles name with other capitals or in another path. */
function conflicts(profiles: readonly ProfileTrust[]): string[] {
  const sameName = grouped(profiles, ({ settings }) =>
    [accountOf(settings), parseRoleArn(settings.roleArn)?.name.toLowerCase()].join(),
  );
  return sameName.flatMap((group) => {
    const arns = [...new Set(group.map(({ settings }) => settings.roleArn))];
    const names = group.map(({ settings }) => settings.profile);
    return arns.length > 1 ? [`one role cannot be ${arns.join(' and ')} (profiles ${someOf(names)})`] : [];
  });
}

function accountOf({ roleArn }: Pick<Settings, 'roleArn'>): string {
  return parseRoleArn(roleArn)?.account ?? '';
}
