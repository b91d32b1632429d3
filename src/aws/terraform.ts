import type { AccountTrust, TrustedProvider, TrustingRole } from './account-trust.ts';
import { HclExpression, type HclValue, hclBlock, hclJson, hclName, hclString } from './hcl.ts';
import { issuerName } from './identity-provider.ts';
import { issuerRemarks, listed, trustRemarks } from './trust-remarks.ts';

/**
 * Returns a file for Terraform that creates the identity providers and the roles:
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
 */
export function terraformFile(accounts: readonly AccountTrust[]): string {
  const names = accounts.map(({ account }) => account);
  const several = accounts.length > 1;
  const nameOf = uniqueNames();
  const remarks = [...new Set(accounts.flatMap(issuerRemarks))];
  const head = [
    `For an administrator of ${several ? 'the AWS accounts' : 'AWS account'} ${listed(names)}.`,
    'If a provider or a role exists already, remove the # before its import block',
    '(Terraform 1.5 or newer). Terraform then REPLACES its client IDs or its trust',
    'policy, so add those that others need. The plan shows each change.',
    ...(remarks.length > 0 ? ['', ...remarks] : []),
  ];
  return [
    comment(head),
    ...(several ? [providersOfAws(accounts)] : []),
    ...accounts.flatMap((account) => resources(account, several, nameOf)),
  ].join('\n');
}

type Names = (type: string, text: string) => string;

/** Returns a function that gives each resource a name of its own, and the same at each run. */
function uniqueNames(): Names {
  const taken = new Set<string>();
  return (type, text) => {
    const name = hclName(text);
    let free = name;
    for (let count = 2; taken.has(`${type}.${free}`); count++) free = `${name}_${count}`;
    taken.add(`${type}.${free}`);
    return free;
  };
}

/** Returns a configuration of the AWS provider for each account, which refuses every other account. */
function providersOfAws(accounts: readonly AccountTrust[]): string {
  const blocks = accounts.map(({ account }) =>
    hclBlock('provider', ['aws'], { alias: alias(account), allowed_account_ids: [account] }),
  );
  return `# Add what Terraform needs to reach each account, such as region and profile.
${blocks.join('\n\n')}\n`;
}

function alias(account: string): string {
  return `account_${account}`;
}

function resources(account: AccountTrust, several: boolean, nameOf: Names): string[] {
  const suffix = several ? `_${account.account}` : '';
  const within = several ? { provider: new HclExpression(`aws.${alias(account.account)}`) } : {};
  const arns = new Map<string, HclExpression>();
  const providers = account.providers.map((provider) => {
    const name = nameOf(identityProviderType, `${issuerName(provider.issuer)}${suffix}`);
    arns.set(provider.arn, new HclExpression(`${identityProviderType}.${name}.arn`));
    return identityProvider(provider, name, within);
  });
  const roles = account.roles.map((each) =>
    role(each, nameOf(roleType, `${each.name}${suffix}`), within, arns),
  );
  return [...providers, ...roles];
}

const identityProviderType = 'aws_iam_openid_connect_provider';
const roleType = 'aws_iam_role';

function identityProvider({ issuer, arn, audiences }: TrustedProvider, name: string, within: Within): string {
  return `${imported(identityProviderType, name, arn)}${hclBlock(
    'resource',
    [identityProviderType, name],
    within,
    {
      url: issuer,
      client_id_list: audiences,
    },
  )}\n`;
}

type Within = Readonly<Record<string, HclValue>>;

function role(
  role: TrustingRole,
  name: string,
  within: Within,
  arns: ReadonlyMap<string, HclExpression>,
): string {
  const { path, maxSessionDuration, statements } = role;
  const policy = {
    Version: '2012-10-17',
    Statement: statements.map((statement) => {
      const { Federated } = statement.Principal;
      return { ...statement, Principal: { Federated: arns.get(Federated) ?? Federated } };
    }),
  };
  const block = hclBlock(
    'resource',
    [roleType, name],
    within,
    {
      name: role.name,
      ...(path === '/' ? {} : { path }),
      ...(maxSessionDuration === undefined ? {} : { max_session_duration: maxSessionDuration }),
    },
    { assume_role_policy: hclJson(policy) },
  );
  return `${comment(trustRemarks(role))}${imported(roleType, name, role.name)}${block}\n`;
}

/** Returns an import block as a comment: Terraform fails if the object does not exist. */
function imported(type: string, name: string, id: string): string {
  return `# import {
#   to = ${type}.${name}
#   id = ${hclString(id)}
# }
`;
}

function comment(lines: readonly string[]): string {
  return lines.map((line) => `${`# ${line}`.trimEnd()}\n`).join('');
}
