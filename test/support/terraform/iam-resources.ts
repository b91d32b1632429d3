import { isDeepStrictEqual } from 'node:util';
import type { LocalIam } from '../local-iam.ts';

export type Attributes = Readonly<Record<string, unknown>>;

/** A type of resources, with the arguments of the real one that matter for trust. */
export interface ResourceType {
  /** The arguments and the values that it gives, with their types. */
  takes: Readonly<Record<string, string>>;
  gives: Readonly<Record<string, string>>;
  /** Returns the attributes that the id of an `import` block gives. */
  named(id: string): Attributes;
  /** Returns the resource as it is; undefined if there is none. */
  read(iam: LocalIam, attributes: Attributes): Attributes | undefined;
  /** Returns the resource as the arguments will make it. */
  planned(iam: LocalIam, config: Attributes): Attributes;
  /** Creates or changes the resource. Returns the error of IAM. */
  apply(iam: LocalIam, planned: Attributes, prior: Attributes | undefined): string | undefined;
}

const [string, number, strings] = ['"string"', '"number"', '["set","string"]'];

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  aws_iam_openid_connect_provider: {
    takes: { url: string, client_id_list: strings },
    gives: { arn: string },
    named: (arn) => ({ arn }),
    read(iam, { arn }) {
      const url = [...iam.providers.keys()].find((issuer) => iam.providerArn(issuer) === arn);
      return url === undefined ? undefined : { url, client_id_list: iam.providers.get(url), arn };
    },
    planned: (iam, config) => ({ ...config, arn: iam.providerArn(String(config.url)) }),
    apply(iam, { url, client_id_list: ids, arn }, prior) {
      const wanted = ids as string[];
      const had = (prior?.client_id_list ?? []) as string[];
      const name = ['--open-id-connect-provider-arn', String(arn), '--client-id'];
      const [first = ''] = wanted;
      const creation = [
        ...iamCommand('create-open-id-connect-provider'),
        '--url',
        String(url),
        '--client-id-list',
        first,
      ];
      return firstFault(iam, [
        ...(prior ? [] : [creation]),
        ...wanted.map((id) => [...iamCommand('add-client-id-to-open-id-connect-provider'), ...name, id]),
        ...had.flatMap((id) =>
          wanted.includes(id)
            ? []
            : [[...iamCommand('remove-client-id-from-open-id-connect-provider'), ...name, id]],
        ),
      ]);
    },
  },
  aws_iam_role: {
    takes: { name: string, path: string, max_session_duration: number, assume_role_policy: string },
    gives: { arn: string, path: string, max_session_duration: number },
    named: (name) => ({ name }),
    read(iam, { name, assume_role_policy: known }) {
      const role = iam.roles.get(String(name));
      if (!role) return undefined;
      // As the real provider, it takes the same policy in another spelling for no change.
      const isSame = typeof known === 'string' && isDeepStrictEqual(JSON.parse(known), role.policy);
      return {
        ...withDefaults(iam, { name, path: role.path, max_session_duration: role.maxSessionDuration }),
        assume_role_policy: isSame ? known : JSON.stringify(role.policy),
      };
    },
    planned: withDefaults,
    apply(iam, planned, prior) {
      const { name, path, max_session_duration: seconds, assume_role_policy: policy } = planned;
      const named = ['--role-name', String(name)];
      const length = ['--max-session-duration', String(seconds)];
      return firstFault(
        iam,
        prior
          ? [
              [...iamCommand('update-assume-role-policy'), ...named, '--policy-document', String(policy)],
              [...iamCommand('update-role'), ...named, ...length],
            ]
          : [
              [
                ...[...iamCommand('create-role'), ...named, '--path', String(path), ...length],
                ...['--assume-role-policy-document', String(policy)],
              ],
            ],
      );
    },
  },
};

function withDefaults(iam: LocalIam, config: Attributes): Attributes {
  const path = config.path ?? '/';
  const arn = `arn:aws:iam::${iam.account}:role${path}${config.name}`;
  return { ...config, path, max_session_duration: config.max_session_duration ?? 3600, arn };
}

function iamCommand(name: string): string[] {
  return ['iam', name];
}

/** Runs commands until one fails, and returns its error. */
function firstFault(iam: LocalIam, commands: readonly string[][]): string | undefined {
  for (const words of commands) {
    const { code, text } = iam.run(words);
    if (code !== 0) return text;
  }
  return undefined;
}
