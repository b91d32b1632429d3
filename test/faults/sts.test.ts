// STS misbehaves: cases S01 to S18 of docs/threats.md.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite } from 'node:test';
import { stsEndpoint } from '../../src/aws/sts-endpoint.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { assertVersion1 } from '../support/credentials-format.ts';
import { credentials, type Elements, endless, inSeconds, xml } from '../support/hostile-sts.ts';
import { type StsHandler, StsRefusal } from '../support/local-sts.ts';
import { later } from '../support/other-clock.ts';
import { roleArn } from '../support/stage.ts';
import {
  type Call,
  type Case,
  type FaultStage,
  fault,
  faultOfPart,
  faults,
  type Stimulus,
  signIn,
} from './fault.ts';
import { inSmallProcesses } from './small-processes.ts';

/** The number of STS calls before the fault was arranged. */
const asked = new WeakMap<FaultStage, number>();

suite('STS misbehaves', { concurrency: 4 }, () => {
  badCredentialsAreRefused();
  refusalsAreReported();
  failuresEnd();
  otherServersAreIgnored();
  unusualAnswersAreAccepted();
});

function answering(handler: (stage: FaultStage) => StsHandler): NonNullable<Case['arrange']> {
  return (stage) => {
    asked.set(stage, stage.sts.calls.length);
    stage.sts.answer(handler(stage));
  };
}

/** Returns the number of STS calls since then. */
function tries(stage: FaultStage): number {
  return stage.sts.calls.length - (asked.get(stage) ?? 0);
}

function badCredentialsAreRefused(): void {
  const refused = (id: string, what: string, handler: (stage: FaultStage) => StsHandler): Stimulus => [
    id,
    `daypass rejects an answer of STS: ${what}`,
    {
      error: 'sts-failed',
      arrange: answering(handler),
      // Another attempt would get the same answer.
      inspect: (stage) => assert.equal(tries(stage), 1),
    },
  ];
  const changed = (id: string, what: string, changes: Elements): Stimulus =>
    refused(id, what, ({ sts }) => credentials(sts, changes));
  const body = (what: string, text: string): Stimulus =>
    refused('S01', what, () => (_parameters, response) => xml(response, text));

  faults('answers without credentials', [
    body('an empty body', ''),
    body('a page', '<!doctype html><html><title>Free Wi-Fi</title><body>Accept'),
    body('no Credentials', '<AssumeRoleWithWebIdentityResponse/>'),
    body('another action', '<GetCallerIdentityResponse><Arn>x</Arn></GetCallerIdentityResponse>'),
    body('JSON', '{"Credentials":{}}'),
    changed('S03', 'SecretAccessKey missing', { SecretAccessKey: undefined }),
    changed('S03', 'SessionToken missing', { SessionToken: undefined }),
    changed('S03', 'SessionToken empty', { SessionToken: '' }),
    changed('S03', 'AccessKeyId empty', { AccessKeyId: '' }),
  ]);
  faults('expirations', [
    changed('S02', 'Expiration missing', { Expiration: undefined }),
    changed('S02', 'tomorrow', { Expiration: 'tomorrow' }),
    changed('S02', 'an epoch number', { Expiration: String(Math.floor(Date.now() / 1000) + 3600) }),
    changed('S02', 'past', { Expiration: inSeconds(-60) }),
    changed('S02', 'in half a minute', { Expiration: inSeconds(30) }),
    changed('S02', 'in ten years', { Expiration: inSeconds(315_360_000) }),
    changed('S02', 'twice', { Expiration: `${inSeconds(3600)}</Expiration><Expiration>${inSeconds(60)}` }),
  ]);
  const characters = {
    'a line break': '&#10;',
    ESC: '&#27;[2J',
    'a raw ESC': '\x1b[2J',
    'a quote': '"',
    'a backslash': '\\',
    'a direction mark': '\u202e',
    'a NUL': '&#0;',
  };
  faults(
    'characters',
    Object.entries(characters).flatMap(([what, text]) => [
      changed('S04', `AccessKeyId with ${what}`, { AccessKeyId: `ASIAABCDEFGHIJKLMN${text}` }),
      changed('S04', `SecretAccessKey with ${what}`, { SecretAccessKey: `secret${text}secret` }),
    ]),
  );
  const secret = 'what-a-file-of-this-machine-holds-0123456789';
  faults('documents with entities', [
    refused('S12', 'an external entity', ({ sts, sandbox, provider }) => {
      const file = join(sandbox.home, '..', 'secret');
      writeFileSync(file, secret);
      provider.secrets.add(secret);
      const prologue = `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://${file}">]>`;
      return credentials(sts, { SessionToken: '&x;' }, prologue);
    }),
    refused('S12', 'an entity bomb', ({ sts }) => {
      const layers = Array.from({ length: 9 }, (_, layer) => {
        const inner = layer === 0 ? 'ha' : `&x${layer - 1};`.repeat(10);
        return `<!ENTITY x${layer} "${inner}">`;
      });
      const prologue = `<?xml version="1.0"?><!DOCTYPE r [${layers.join('')}]>`;
      return credentials(sts, { SessionToken: '&x8;' }, prologue);
    }),
  ]);
}

function refusalsAreReported(): void {
  const told = (
    id: string,
    code: string,
    message: string,
    error: ErrorCode,
    text: RegExp,
    status = 400,
    // A stored token may only be old, so daypass tries a refreshed one, and then that of a new sign-in.
    anotherMayDo = false,
  ): Stimulus => [
    id,
    `daypass reports ${code}: ${message.replace(/[^ -~]/g, '?')}`,
    {
      ...{ error, text, tokenRequests: anotherMayDo ? 2 : 1 },
      arrange: answering(() => () => {
        throw new StsRefusal(code, message, status);
      }),
      inspect: (stage, { stderr }) => {
        const most = anotherMayDo ? 3 : 1;
        assert.ok(tries(stage) <= most, `${tries(stage)} tries`);
        assert.doesNotMatch(stderr, /[^ -~\n\ufffd]/);
      },
    },
  ];
  const whoAndWhat =
    /assume arn:aws:iam::123456789012:role\/DeveloperAccess: .*\n.*iss=http:.* aud=.* sub=.*\nhint: .*trust-policy/;
  faults('refusals', [
    told(
      'S05',
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      'trust-policy',
      whoAndWhat,
      403,
    ),
    told(
      'S06',
      'InvalidIdentityToken',
      'No OpenIDConnect provider found\x1b]8;;https://evil.example\x07',
      'sts-token-refused',
      /hint: create an IAM identity provider for exactly http/,
    ),
    told('S06', 'InvalidIdentityToken', 'Incorrect token audience', 'sts-token-refused', /audience/),
    told('S06', 'InvalidIdentityToken', '\u202eecneidua\n\r\x9b2J', 'sts-token-refused', /hint: /, 400, true),
  ]);
  fault('S05', 'daypass keeps the session if STS denies access at a refresh', {
    ...{ session: true, error: 'trust-policy', text: whoAndWhat },
    arrange: answering(() => () => {
      throw new StsRefusal('AccessDenied', 'Not authorized', 403);
    }),
  });
  fault('S07', 'daypass refreshes once if STS rejects a stored ID token as expired', {
    ...{ session: true, tokenRequests: 1 },
    prepare: ({ sts }) => {
      sts.sessionSeconds = 900;
    },
    arrange: answering(({ sts }) => () => {
      sts.answer(undefined);
      throw new StsRefusal('ExpiredTokenException', 'Token expired');
    }),
    act: (stage) => stage.daypass([], later('+14m50s')),
    inspect: (stage) => assert.equal(tries(stage), 2),
  });
  fault('S07', 'daypass reports that STS also rejects the refreshed ID token', {
    ...{ session: true, tokenRequests: 1, error: 'sts-token-refused', text: /clock/ },
    arrange: answering(() => () => {
      throw new StsRefusal('ExpiredTokenException', 'Token expired');
    }),
  });
}

function failuresEnd(): void {
  const ends = (what: string, error: ErrorCode, handler: StsHandler): Stimulus => [
    'S08',
    `daypass asks STS at most three times: ${what}`,
    {
      error,
      arrange: answering(() => handler),
      inspect: (stage) => {
        const count = tries(stage);
        assert.ok(count >= 1 && count <= 3, `${count} tries`);
      },
    },
  ];
  const refusing = (code: string, status: number): StsHandler => {
    return () => {
      throw new StsRefusal(code, 'Try again', status);
    };
  };
  faults('failures', [
    ends('IDPCommunicationError', 'sts-failed', refusing('IDPCommunicationError', 400)),
    ends('Throttling', 'sts-failed', refusing('Throttling', 400)),
    ends('500', 'sts-failed', refusing('InternalFailure', 500)),
    ends('503 with a page', 'sts-failed', (_parameters, response) => {
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html>');
    }),
    ends('cut', 'sts-unreachable', (_parameters, response) => {
      response.socket?.resetAndDestroy();
    }),
    ends('cut in its answer', 'sts-unreachable', (_parameters, response) => {
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '1000' }).write('<Assume');
      setImmediate(() => response.socket?.destroy());
    }),
  ]);
  let release = () => {};
  fault('S09', 'daypass does not wait longer than its deadline for STS', {
    ...{ error: 'sts-unreachable', text: /in time/, within: 35_000 },
    arrange: (stage) => {
      release = stage.sts.hold();
    },
    inspect: () => release(),
  });
  fault('S10', 'daypass does not read an answer of more than 100 MB', {
    error: 'sts-unreachable',
    text: /too large/,
    arrange: answering(
      () => (_parameters, response) => endless(response, '<AssumeRoleWithWebIdentityResponse>'),
    ),
    act: (stage) => inSmallProcesses(stage, signIn),
  });
}

/** Starts a server that must get no request. */
async function startTrap(): Promise<{ url: string; hits: string[]; stop(): void }> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, hits, stop: () => server.close() };
}

function otherServersAreIgnored(): void {
  const withTrap = (
    lure: (stage: FaultStage, url: string) => (stage: FaultStage) => Promise<Call>,
  ): NonNullable<Case['act']> => {
    return async (stage) => {
      const trap = await startTrap();
      const call = await lure(stage, trap.url)(stage).finally(trap.stop);
      assert.deepEqual(trap.hits, []);
      return call;
    };
  };
  for (const status of [301, 302, 307, 308]) {
    fault('S11', `daypass does not follow a redirect ${status} of STS`, {
      error: 'sts-failed',
      act: withTrap((stage, location) => {
        stage.sts.answer((_parameters, response) => {
          response.writeHead(status, { location }).end();
        });
        return signIn;
      }),
    });
  }
  fault('S13', 'daypass ignores AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS', {
    act: withTrap((stage, url) => {
      Object.assign(stage.sandbox.env, { AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_STS: url });
      return signIn;
    }),
  });
  fault('S13', 'daypass ignores endpoint_url and services of the profile', {
    act: withTrap((stage, url) => {
      const services = `[services here]\nsts =\n  endpoint_url = ${url}\n`;
      const profile = `${stage.config()}endpoint_url = ${url}\nservices = here\n`;
      stage.sandbox.writeConfig(`[default]\nendpoint_url = ${url}\n${profile}${services}`);
      return signIn;
    }),
  });
  const endpoints: [arn: string, region: string, url: string][] = [
    ['aws', 'eu-west-1', 'https://sts.eu-west-1.amazonaws.com'],
    ['aws-cn', 'cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'https://sts.us-gov-west-1.amazonaws.com'],
  ];
  for (const [partition, region, url] of endpoints) {
    faultOfPart('S16', `a role of ${partition} uses ${url}`, () => {
      const settings = { region, roleArn: `arn:${partition}:iam::123456789012:role/x` } as Settings;
      assert.equal(stsEndpoint(settings), url);
    });
  }
  const regions = ['x.evil#', 'eu-west-1\nx', 'a'.repeat(80), '-eu-west-1', 'eu west 1', '169.254.169.254'];
  faults(
    'regions',
    regions.map((region) => [
      'S18',
      `daypass refuses the region ${JSON.stringify(region.slice(0, 20))}`,
      {
        ...{
          error: 'bad-configuration',
          text: /--region must (look like eu-west-1|be without U\+000A)/,
          ends: true,
          tabs: 0,
          tokenRequests: 0,
        },
        act: (stage) => stage.daypass([`--region=${region}`]),
      },
    ]),
  );
}

function unusualAnswersAreAccepted(): void {
  fault('S14', 'daypass asks again with an hour if the role does not allow two', {
    keys: { daypass_duration: '7200' },
    inspect: async (stage) => {
      assert.deepEqual(
        stage.sts.calls.map(({ outcome }) => outcome),
        ['ValidationError', 'ok'],
      );
      const { stdout } = await stage.daypass(['status']);
      assert.match(stdout, /the role allows 3600 s at most/);
    },
  });
  const long = (length: number): NonNullable<Case['arrange']> =>
    answering(({ sts }) => {
      const token = 'T'.repeat(length);
      sts.secrets.add(token);
      return credentials(sts, { SessionToken: token });
    });
  fault('S15', 'daypass prints a session token of 7 KB', {
    arrange: long(7000),
    inspect: async (stage, call) => {
      assert.equal(assertVersion1(call.stdout).SessionToken.length, 7000);
      assert.equal((await stage.daypass()).stdout, call.stdout);
    },
  });
  // The AWS SDK for Go would truncate it.
  fault('S15', 'daypass refuses a session token of 12 KB', {
    arrange: long(12_288),
    error: 'output-too-large',
  });
  fault('S17', 'AWS_PROFILE may name the profile that runs daypass', {
    keys: { daypass_role_arn: roleArn },
    act: (stage) => {
      const profile = `${stage.config()}credential_process = ${process.execPath} /nonexistent/daypass.cjs\n`;
      stage.sandbox.writeConfig(profile);
      Object.assign(stage.sandbox.env, { AWS_PROFILE: 'developer' });
      return signIn(stage);
    },
    inspect: ({ sandbox }) => {
      const log = `${sandbox.files()['daypass.log']}`;
      assert.equal(log.match(/ called /g)?.length, 1, log);
    },
  });
}
