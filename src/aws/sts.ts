import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AwsCredentials, isAwsCredentials } from '../aws-credentials.ts';
import { DaypassError } from '../errors.ts';
import { boundedBody } from '../network/bounded-body.ts';
import { agentFor } from '../network/company-network.ts';
import type { Settings } from '../settings/settings.ts';
import { withErrorResponse } from './error-response.ts';
import { everyRoleAllows } from './iam-commands.ts';
import { stsEndpoint } from './sts-endpoint.ts';
import { identityError, isRefusedParameter, missesKeys, saysNothing, stsError } from './sts-error.ts';

// Its CommonJS files load in two thirds of the time of its ES modules, and a person or a client waits.
const {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
}: typeof import('@aws-sdk/client-sts') = createRequire(import.meta.url)('@aws-sdk/client-sts');

export interface AssumedRole {
  credentials: AwsCredentials;
  /** Milliseconds that they live, by STS's clock. */
  lifetime: number;
  /** Seconds asked for in the end: less than configured where the role allows less. */
  duration: number;
}

const deadline = 20_000;
/** Milliseconds after which STS may have got the provider's keys that it missed. */
const keysDelay = 1000;

/**
 * Trades the ID token for the role's credentials: unsigned, at an explicit endpoint, with no credentials of our own (AWS_PROFILE
 * may lead back to us). Throws `trust-policy`, `sts-…`.
 */
export async function assumeRole(
  settings: Settings,
  idToken: string,
  { name, duration }: { name: string; duration: number },
): Promise<AssumedRole> {
  try {
    return await askForKeysTwice(settings, idToken, name, duration);
  } catch (error) {
    if (duration > everyRoleAllows && isDurationTooLong(error)) {
      return await askForKeysTwice(settings, idToken, name, everyRoleAllows).catch((second) => {
        throw stsError(second, settings, idToken);
      });
    }
    throw stsError(error, settings, idToken);
  }
}

/** Asks once more where the provider's keys did not come to STS, as the SDK does for all else that may pass. */
async function askForKeysTwice(...request: Parameters<typeof ask>): Promise<AssumedRole> {
  try {
    return await ask(...request);
  } catch (error) {
    if (!missesKeys(error)) throw error;
    await sleep(keysDelay);
    return await ask(...request);
  }
}

async function ask(
  settings: Settings,
  idToken: string,
  name: string,
  duration: number,
): Promise<AssumedRole> {
  let stsDate = Number.NaN;
  const client = await openClient(settings, {
    credentials: async () => {
      throw new Error('AssumeRoleWithWebIdentity is unsigned');
    },
    onDate: (date) => {
      stsDate = date;
    },
  });
  try {
    const { Credentials: answer } = await client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: settings.roleArn,
        RoleSessionName: settings.sessionName ?? sessionName(name),
        WebIdentityToken: idToken,
        DurationSeconds: duration,
        ...(settings.policyArns.length > 0
          ? { PolicyArns: settings.policyArns.map((arn) => ({ arn })) }
          : {}),
      }),
      { abortSignal: AbortSignal.timeout(deadline) },
    );
    const now = Number.isFinite(stsDate) ? stsDate : Date.now();
    const credentials = {
      accessKeyId: answer?.AccessKeyId,
      secretAccessKey: answer?.SecretAccessKey,
      sessionToken: answer?.SessionToken,
      expiration: wholeSeconds(answer?.Expiration),
    };
    const lifetime = (answer?.Expiration?.getTime() ?? Number.NaN) - now;
    // No Expiration would make AWS clients keep the keys for ever, and 5 minutes more than asked are a wrong clock at most.
    const sane = lifetime > 60_000 && lifetime <= (duration + 300) * 1000;
    if (!sane || !isAwsCredentials(credentials)) {
      throw new DaypassError('sts-failed', 'the answer of STS has no usable credentials', {
        hint: settings.stsEndpoint ? 'check daypass_sts_endpoint' : 'try again',
      });
    }
    return { credentials, lifetime, duration };
  } finally {
    client.destroy();
  }
}

/**
 * Who the credentials make their bearer, as AWS sees it. Throws `sts-…`.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function callerIdentity(settings: Settings, credentials: AwsCredentials): Promise<string> {
  const client = await openClient(settings, { credentials: async () => credentials });
  try {
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand(), {
      abortSignal: AbortSignal.timeout(deadline),
    });
    if (!arn)
      throw new DaypassError('sts-failed', 'the answer of STS names nobody', {
        hint: 'try again in a while',
      });
    return arn;
  } catch (error) {
    throw identityError(error, settings);
  } finally {
    client.destroy();
  }
}

/** A client of this profile's STS. `onDate` gets the `Date` header of each answer, in milliseconds, NaN where it has none. */
async function openClient(
  settings: Settings,
  { credentials, onDate }: { credentials: () => Promise<AwsCredentials>; onDate?: (date: number) => void },
) {
  const agent = await agentFor(stsEndpoint(settings));
  const client = new STSClient({
    region: settings.region,
    endpoint: stsEndpoint(settings),
    maxAttempts: 3,
    // Else the SDK looks for these in the [default] profile, and refuses an explicit endpoint together with either.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    requestHandler: {
      connectionTimeout: 5000,
      requestTimeout: 15_000,
      throwOnRequestTimeout: true,
      ...(agent ? { httpsAgent: agent } : {}),
    },
    credentials: async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
      return { accessKeyId, secretAccessKey, sessionToken };
    },
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as {
        statusCode: number;
        headers: Record<string, string>;
        body: Readable;
      };
      onDate?.(Date.parse(response.headers.date ?? ''));
      const body = Readable.from(boundedBody(response.body));
      response.body = response.statusCode < 300 ? body : await withErrorResponse(body);
      return result;
    },
    // Within the deserializer: the answer is still HTTP, and nobody has read it.
    { step: 'deserialize', priority: 'low' },
  );
  return client;
}

/** Cut and not rounded up: nobody may believe in a second that is not there. */
function wholeSeconds(time: Date | undefined): string | undefined {
  return time && `${time.toISOString().slice(0, 19)}Z`;
}

/** RoleSessionName from a claim: it lands in CloudTrail, so the readable part is kept. */
function sessionName(name: string): string {
  const clean = name.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
  return clean.length >= 2 ? clean : `daypass-${clean}`;
}

/** AWS names the parameter; other servers, such as Ceph RGW, send a code alone, and then the duration is worth a second try. */
function isDurationTooLong(error: unknown): boolean {
  const { name = '', message = '' } = error as Partial<Error>;
  return isRefusedParameter(name) && (/DurationSeconds/.test(message) || saysNothing(message));
}
