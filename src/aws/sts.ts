import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaypassError } from '../errors.ts';
import { boundedBody } from '../network/bounded-body.ts';
import { agentFor } from '../network/company-network.ts';
import type { Settings } from '../settings/settings.ts';
import { withErrorResponse } from './error-response.ts';
import { everyRoleAllows } from './iam-commands.ts';
import { type AwsCredentials, isAwsCredentials } from './process-credentials.ts';
import { stsEndpoint } from './sts-endpoint.ts';
import { identityError, isRefusedParameter, missesKeys, saysNothing, stsError } from './sts-error.ts';

// The SDK's CommonJS files load in two thirds of the time of its ES modules, and a person or a client waits.
const {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
}: typeof import('@aws-sdk/client-sts') = createRequire(import.meta.url)('@aws-sdk/client-sts');

/** The credentials of an assumed role. */
export interface AssumedRole {
  credentials: AwsCredentials;
  /** Milliseconds until they expire, by STS's clock. */
  lifetime: number;
  /** Seconds that were requested in the end: less than configured if the role allows less. */
  duration: number;
}

/** Milliseconds for a call with all its attempts. */
const deadline = 20_000;
/** Milliseconds after which STS may have fetched the provider's keys. */
const keysDelay = 1000;

/**
 * Exchanges the ID token for the role's credentials. The request is unsigned, at an explicit endpoint, and uses no AWS profile, which
 * could run daypass again. Throws `trust-policy`, `bad-configuration`, `sts-…` and what `agentFor` throws.
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

/** Repeats a request once if STS could not fetch the provider's keys. The SDK repeats the other temporary failures. */
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
    // Without Expiration AWS clients would use the keys for ever. A wrong clock adds at most 5 minutes.
    const sane = lifetime > 60_000 && lifetime <= (duration + 300) * 1000;
    if (!sane || !isAwsCredentials(credentials)) {
      throw new DaypassError('sts-failed', 'the answer of STS has no usable credentials', {
        hint: settings.stsEndpoint ? 'check daypass_sts_endpoint' : 'try again in a few minutes',
      });
    }
    return { credentials, lifetime, duration };
  } finally {
    client.destroy();
  }
}

/**
 * Returns the ARN that AWS assigns to the bearer of the credentials. Throws `sts-…` and what `agentFor` throws.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function callerIdentity(settings: Settings, credentials: AwsCredentials): Promise<string> {
  const client = await openClient(settings, { credentials: async () => credentials });
  try {
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand(), {
      abortSignal: AbortSignal.timeout(deadline),
    });
    if (!arn)
      throw new DaypassError('sts-failed', 'the answer of STS has no ARN', {
        hint: 'try again in a few minutes',
      });
    return arn;
  } catch (error) {
    throw identityError(error, settings);
  } finally {
    client.destroy();
  }
}

/** Opens a client of this profile's STS. `onDate` receives the `Date` header of each answer in milliseconds, NaN without one. */
async function openClient(
  settings: Settings,
  { credentials, onDate }: { credentials: () => Promise<AwsCredentials>; onDate?: (date: number) => void },
) {
  const agent = await agentFor(stsEndpoint(settings));
  const client = new STSClient({
    region: settings.region,
    endpoint: stsEndpoint(settings),
    maxAttempts: 3,
    // Otherwise the SDK reads these from the [default] profile, and rejects an explicit endpoint with either.
    useFipsEndpoint: false,
    // `auto` in the [default] profile would make the SDK ask the metadata service of EC2, and another word makes it fail.
    defaultsMode: 'legacy',
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
    // Inside the deserializer, where the answer is still HTTP and unread.
    { step: 'deserialize', priority: 'low' },
  );
  return client;
}

/** Returns the time cut to whole seconds, since rounding up would promise too much. */
function wholeSeconds(time: Date | undefined): string | undefined {
  return time && `${time.toISOString().slice(0, 19)}Z`;
}

/** Returns a RoleSessionName for a claim. CloudTrail shows it, so its readable part stays. */
function sessionName(name: string): string {
  const clean = name.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
  return clean.length >= 2 ? clean : `daypass-${clean}`;
}

/** Returns whether the duration may be too long: AWS names the parameter, others (Ceph RGW) send only a code. */
function isDurationTooLong(error: unknown): boolean {
  const { name = '', message = '' } = error as Partial<Error>;
  return isRefusedParameter(name) && (/DurationSeconds/.test(message) || saysNothing(message));
}
