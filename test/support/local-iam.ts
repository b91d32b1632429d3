import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Statement } from './sts/trust-policy.ts';
import type { Trust } from './sts/web-identity.ts';

export interface TrustPolicy {
  Version: string;
  Statement: Statement[];
}

export interface IamRole {
  policy: TrustPolicy;
  path?: string;
  maxSessionDuration?: number;
}

/** The identity providers and roles of an AWS account. */
export interface LocalIam {
  readonly account: string;
  /** The client ids by issuer. */
  readonly providers: Map<string, string[]>;
  /** The roles by name. */
  readonly roles: Map<string, IamRole>;
  /** Replaces all providers and roles. */
  begin(providers: Record<string, string[]>, roles: Record<string, IamRole>): void;
  /** The arguments of each command. */
  calls: string[][];
  /** Runs the AWS CLI with these arguments. */
  run(words: readonly string[]): { code: number; text: string };
  /** Returns the ARN of the identity provider of an issuer. */
  providerArn(issuer: string): string;
  /** Runs `text` in a POSIX shell that has `aws`. */
  paste(text: string): Promise<{ code: number; stderr: string }>;
  /** Adds a statement to a role's trust policy, as a person does in the console. */
  addStatement(role: string, statement: Statement): void;
  stop(): void;
}

/** An error with the text and the exit code of the AWS CLI. */
class CliError extends Error {
  readonly code: number;

  constructor(message: string, code = 254) {
    super(message);
    this.code = code;
  }
}

/** The command with which a script finds out whose credentials it has. */
const whoAmI = 'sts get-caller-identity --query Account --output text';

/** IAM knows this provider without a resource. */
const builtIn = 'accounts.google.com';

const options: Record<string, { needed: string[]; others?: string[] }> = {
  'create-open-id-connect-provider': { needed: ['url', 'client-id-list'] },
  'add-client-id-to-open-id-connect-provider': { needed: ['open-id-connect-provider-arn', 'client-id'] },
  'remove-client-id-from-open-id-connect-provider': { needed: ['open-id-connect-provider-arn', 'client-id'] },
  'create-role': {
    needed: ['role-name', 'assume-role-policy-document'],
    others: ['path', 'max-session-duration'],
  },
  'update-assume-role-policy': { needed: ['role-name', 'policy-document'] },
  'update-role': { needed: ['role-name'], others: ['max-session-duration'] },
};

/**
 * Starts a strict imitation of AWS IAM. Commands of the AWS CLI in a real shell change it. A local STS uses
 * its `trust`, so a wrong command has an effect there.
 */
export async function startLocalIam(account: string, jwksUri: string, trust: Trust[]): Promise<LocalIam> {
  const server = createServer(async (request, response) => {
    response.end(JSON.stringify(iam.run((await json(request)) as string[])));
  });

  function perform(words: readonly string[]): void {
    const [command, given] = parsed(words);
    const role = given['role-name'] ?? '';
    const seconds = given['max-session-duration'];
    switch (command) {
      case 'create-open-id-connect-provider': {
        const { url = '', 'client-id-list': clientId = '' } = given;
        if (iam.providers.has(url)) throw new CliError('EntityAlreadyExists: this provider');
        iam.providers.set(url, [clientId]);
        return;
      }
      case 'add-client-id-to-open-id-connect-provider': {
        const { 'open-id-connect-provider-arn': arn, 'client-id': clientId = '' } = given;
        const url = [...iam.providers.keys()].find((issuer) => arnOf(issuer) === arn);
        if (!url) throw new CliError('NoSuchEntity: this provider');
        iam.providers.set(url, [...new Set([...(iam.providers.get(url) ?? []), clientId])]);
        return;
      }
      case 'remove-client-id-from-open-id-connect-provider': {
        const { 'open-id-connect-provider-arn': arn, 'client-id': clientId = '' } = given;
        for (const [issuer, ids] of iam.providers)
          if (arnOf(issuer) === arn)
            iam.providers.set(
              issuer,
              ids.filter((id) => id !== clientId),
            );
        return;
      }
      case 'create-role':
        if (iam.roles.has(role)) throw new CliError('EntityAlreadyExists: this role');
        iam.roles.set(role, {
          policy: checked(given['assume-role-policy-document'] ?? ''),
          ...(given.path ? { path: given.path } : {}),
          ...(seconds ? { maxSessionDuration: Number(seconds) } : {}),
        });
        return;
      case 'update-assume-role-policy':
        roleOf(role).policy = checked(given['policy-document'] ?? '');
        return;
      case 'update-role':
        roleOf(role).maxSessionDuration = Number(seconds ?? 3600);
    }
  }

  function roleOf(name: string): IamRole {
    const role = iam.roles.get(name);
    if (!role) throw new CliError('NoSuchEntity: this role');
    return role;
  }

  function arnOf(issuer: string): string {
    return `arn:aws:iam::${account}:oidc-provider/${issuer.replace(/^https?:\/\//, '')}`;
  }

  function checked(document: string): TrustPolicy {
    const policy: TrustPolicy = JSON.parse(document);
    const known = [...iam.providers.keys()].map(arnOf);
    for (const { Effect, Principal, Action, ...rest } of policy.Statement) {
      const whole = Effect === 'Allow' && [Action].flat().every((action) => action?.startsWith('sts:'));
      const others = Object.keys(rest).filter((key) => key !== 'Condition');
      if (!whole || others.length > 0 || ![...known, builtIn].includes(Principal?.Federated ?? ''))
        throw new CliError('MalformedPolicyDocument: a statement has another form');
    }
    return policy;
  }

  /** Updates the trust of STS, which also includes providers without a role. */
  function settle(): void {
    const nobody: [string, IamRole] = ['', { policy: { Version: '', Statement: [] } }];
    const known = [...iam.providers].flatMap(([issuer, clientIds]) =>
      clientIds.flatMap((audience) =>
        [...iam.roles, nobody].map(([name, role]) => ({
          roleArn: `arn:aws:iam::${account}:role/${name}`,
          ...{ issuer, jwksUri, audience },
          ...role,
        })),
      ),
    );
    const others = trust.filter((each) => each.roleArn.split(':')[4] !== account);
    trust.splice(0, trust.length, ...others, ...known);
  }

  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bin = mkdtempSync(join(tmpdir(), 'local-iam-'));
  const program = fileURLToPath(new URL('./aws-iam.mjs', import.meta.url));
  writeFileSync(join(bin, 'aws'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, {
    mode: 0o700,
  });
  const env = {
    PATH: bin,
    LOCAL_IAM: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };

  const iam: LocalIam = {
    account,
    providers: new Map<string, string[]>(),
    roles: new Map<string, IamRole>(),
    calls: [] as string[][],
    run(words) {
      if (words.join(' ') === whoAmI) return { code: 0, text: account };
      iam.calls.push([...words]);
      try {
        perform(words);
        settle();
        return { code: 0, text: '' };
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        return { code: error.code, text: error.message };
      }
    },
    providerArn: arnOf,
    begin(providers: Record<string, string[]>, roles: Record<string, IamRole>) {
      iam.providers.clear();
      for (const [issuer, clientIds] of Object.entries(providers)) iam.providers.set(issuer, clientIds);
      iam.roles.clear();
      for (const [name, role] of Object.entries(structuredClone(roles))) iam.roles.set(name, role);
      iam.calls.length = 0;
      settle();
    },
    paste: (text: string) =>
      new Promise<{ code: number; stderr: string }>((resolve) => {
        const shell = execFile('/bin/sh', ['-s'], { env }, (error, _stdout, stderr) =>
          resolve({ code: Number(error?.code ?? 0), stderr }),
        );
        shell.stdin?.end(text);
      }),
    addStatement(name: string, statement: Statement) {
      const { policy } = roleOf(name);
      policy.Statement.push(...checked(JSON.stringify({ ...policy, Statement: [statement] })).Statement);
      settle();
    },
    stop() {
      server.close();
      server.closeAllConnections();
      rmSync(bin, { recursive: true });
    },
  };
  settle();
  return iam;
}

/** Parses the command and its options. Throws a CliError if the AWS CLI would reject them. */
function parsed([service, command = '', ...words]: readonly string[]): [string, Record<string, string>] {
  const known = options[command];
  if (service !== 'iam' || !known) throw new CliError(`no such command: ${service} ${command}`, 252);
  const given: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 2) {
    const [option = '', value] = words.slice(index, index + 2);
    const name = option.replace(/^--/, '');
    const takes = [...known.needed, ...(known.others ?? [])].includes(name);
    if (!option.startsWith('--') || !takes || value === undefined || name in given)
      throw new CliError(`unknown option ${option}`, 252);
    given[name] = value;
  }
  for (const name of known.needed) if (!given[name]) throw new CliError(`--${name} is required`, 252);
  return [command, given];
}
