import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaypassError } from '../errors.ts';
import { boundedBody } from '../network/bounded-fetch.ts';
import { peerTime } from '../network/clock-skew.ts';
import { agentFor } from '../network/company-network.ts';
import type { Settings } from '../settings/settings.ts';
import { type AwsCredentials, isAwsCredentials } from './process-credentials.ts';
import { stsEndpoint } from './sts-endpoint.ts';
import { identityError, isDurationTooLong, missesKeys, stsError, unusableAnswer } from './sts-error.ts';
import { everyRoleAllows, tokenClaim } from './trust-policy.ts';

// The SDK's CommonJS files load in two thirds of the time of its ES modules, and a person or a client waits.
const sdk: typeof import('@aws-sdk/client-sts') = createRequire(import.meta.url)('@aws-sdk/client-sts');
const { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } = sdk;

/** The credentials of an assumed role. */
export interface AssumedRole {
  credentials: AwsCredentials;
  /** Milliseconds until they expire, by STS's clock. */
  lifetime: number;
  /** Seconds that were requested in the end: less than configured if the role allows less. */
  duration: number;
  /** The percentage of AWS's space that session policies and tags take. */
  packedPolicySize?: number;
  sourceIdentity?: string;
}

/** The parameters of a request: the claim that names the session, and seconds. */
interface Wanted {
  name: string;
  duration: number;
}

/** Milliseconds for a call with all its attempts. */
const deadline = 20_000;
/** Milliseconds after which STS may have fetched the provider's keys. */
const keysDelay = 1000;

/**
 * Exchanges the ID token for credentials, unsigned, at an explicit endpoint, without an AWS profile: it could
 * run daypass again. Throws `trust-policy`, `bad-configuration`, `sts-…` and what `agentFor` throws.
 */
export async function assumeRole(settings: Settings, idToken: string, wanted: Wanted): Promise<AssumedRole> {
  try {
    return await askForKeysTwice(settings, idToken, wanted).catch((error) => {
      if (wanted.duration <= everyRoleAllows || !isDurationTooLong(error)) throw error;
      return askForKeysTwice(settings, idToken, { ...wanted, duration: everyRoleAllows });
    });
  } catch (error) {
    throw stsError(error, settings, idToken);
  }
}

/** Asks again once if STS could not fetch the provider's keys. The SDK repeats other temporary failures. */
async function askForKeysTwice(...request: Parameters<typeof ask>): Promise<AssumedRole> {
  return await ask(...request).catch(async (error) => {
    if (!missesKeys(error)) throw error;
    await sleep(keysDelay);
    return await ask(...request);
  });
}

async function ask(settings: Settings, idToken: string, { name, duration }: Wanted): Promise<AssumedRole> {
  let stsDate: number | undefined;
  const onDate = (date: number | undefined) => {
    stsDate = date;
  };
  const client = await openClient(settings, { onDate });
  const policies = settings.policyArns.map((arn) => ({ arn }));
  try {
    const {
      Credentials: answer,
      PackedPolicySize,
      SourceIdentity,
    } = await client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: settings.roleArn,
        RoleSessionName: sessionName(settings, name, idToken),
        WebIdentityToken: idToken,
        DurationSeconds: duration,
        ...(policies.length > 0 ? { PolicyArns: policies } : {}),
        ...(settings.policy ? { Policy: settings.policy.text } : {}),
      }),
      { abortSignal: AbortSignal.timeout(deadline) },
    );
    const now = stsDate ?? Date.now();
    const credentials = {
      accessKeyId: answer?.AccessKeyId,
      secretAccessKey: answer?.SecretAccessKey,
      sessionToken: answer?.SessionToken,
      expiration: wholeSeconds(answer?.Expiration),
    };
    const lifetime = (answer?.Expiration?.getTime() ?? Number.NaN) - now;
    // Without Expiration AWS clients would use the keys for ever. A wrong clock adds at most 5 minutes.
    const sane = lifetime > 60_000 && lifetime <= (duration + 300) * 1000;
    if (!sane || !isAwsCredentials(credentials))
      throw unusableAnswer(settings, 'the answer of STS has no usable credentials');
    return {
      ...{ credentials, lifetime, duration },
      ...(PackedPolicySize === undefined ? {} : { packedPolicySize: PackedPolicySize }),
      ...(SourceIdentity && /^[\w+=,.@-]{2,64}$/.test(SourceIdentity)
        ? { sourceIdentity: SourceIdentity }
        : {}),
    };
  } finally {
    client.destroy();
  }
}

/**
 * Returns the ARN of the bearer of the credentials. Throws `sts-…` and what `agentFor` throws.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function callerIdentity(settings: Settings, credentials: AwsCredentials): Promise<string> {
  const client = await openClient(settings, { credentials });
  try {
    const abortSignal = AbortSignal.timeout(deadline);
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand(), { abortSignal });
    const hint = 'try again in a few minutes';
    if (!arn) throw new DaypassError('sts-failed', 'the answer of STS has no ARN', { hint });
    return arn;
  } catch (error) {
    throw identityError(error, settings);
  } finally {
    client.destroy();
  }
}

/** Opens a client of this STS. `onDate` gets the time of each answer in milliseconds, if it tells one. */
async function openClient(
  settings: Settings,
  { credentials, onDate }: { credentials?: AwsCredentials; onDate?: (date: number | undefined) => void },
) {
  const agent = await agentFor(stsEndpoint(settings), settings.caBundle);
  const limits = { connectionTimeout: 5000, requestTimeout: 15_000, throwOnRequestTimeout: true };
  const client = new STSClient({
    region: settings.region,
    endpoint: stsEndpoint(settings),
    maxAttempts: 3,
    // Otherwise the SDK reads these from the [default] profile, and rejects an explicit endpoint with either.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    // With `auto` in the [default] profile the SDK asks EC2's metadata service, and it fails at another word.
    defaultsMode: 'legacy',
    requestHandler: { ...limits, ...(agent ? { httpsAgent: agent } : {}) },
    credentials: async () => {
      if (!credentials) throw new Error('AssumeRoleWithWebIdentity is unsigned');
      const { accessKeyId, secretAccessKey, sessionToken } = credentials;
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
      onDate?.(peerTime(new Headers(response.headers)));
      const body = Readable.from(boundedBody(response.body));
      response.body = response.statusCode < 300 ? body : await withErrorResponse(body);
      return result;
    },
    // Inside the deserializer, where the answer is still HTTP and unread.
    { step: 'deserialize', priority: 'low' },
  );
  return client;
}

/**
 * Returns the body of an error with its `<Error>` inside an `<ErrorResponse>`, as AWS sends it and the SDK
 * reads it. Other servers (Ceph RGW) send a bare `<Error>`, whose code the SDK would report as "Unknown".
 */
async function withErrorResponse(body: Readable): Promise<Readable> {
  const answer = await text(body);
  const declaration = /^\s*(?:<\?xml[^>]*>\s*)?(?=<Error[\s>])/.exec(answer);
  const bare = declaration ? answer.slice(declaration[0].length) : undefined;
  return Readable.from([Buffer.from(bare === undefined ? answer : `<ErrorResponse>${bare}</ErrorResponse>`)]);
}

/** Returns the time cut to whole seconds, since rounding up would promise too much. */
function wholeSeconds(time: Date | undefined): string | undefined {
  return time && `${time.toISOString().slice(0, 19)}Z`;
}

/** Returns the configured RoleSessionName, or the value of the claim that it names, or one for `name`. */
function sessionName({ sessionName: configured }: Settings, name: string, idToken: string): string {
  const claim = configured && /^\{(.+)\}$/.exec(configured)?.[1];
  if (configured && !claim) return configured;
  const value = claim ? tokenClaim(idToken, claim) : name;
  if (value === undefined) {
    const fault = `the ID token has no text in the claim ${claim}, which daypass_session_name names`;
    const hint = 'name another claim, or request the scope that brings it with daypass_scopes';
    throw new DaypassError('bad-configuration', fault, { hint });
  }
  // CloudTrail shows it, so its readable part stays.
  const clean = value.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
  return clean.length >= 2 ? clean : `daypass-${clean}`;
}
