import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { printable } from '../terminal/printable.ts';
import { remaining, willRenewSilently } from './freshness.ts';
import type { CredentialsRecord, SignInRecord } from './records.ts';

/** Returns identity, role, time left and next renewal as lines for a person. `now` is in milliseconds. */
export function sessionSummary(
  settings: Settings,
  record: CredentialsRecord,
  signIn: SignInRecord | undefined,
  now: number,
): string {
  const role = parseRoleArn(settings.roleArn);
  const left = remaining(record, now);
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const until = new Date(now + left).toLocaleTimeString([], clock);
  return [
    `  identity  ${printable(signIn?.name ?? record.sub)}`,
    `  role      ${role?.name} in account ${role?.account}`,
    `  until     ${until} (${timeLeft(left)})`,
    `  renewal   ${willRenewSilently(record, signIn, now) ? 'automatic, no browser' : 'the browser opens again'}`,
    ...sessionNotes(record, signIn).map((note) => `  note      ${note}`),
    '',
  ].join('\n');
}

/** Returns notes about settings that a person may want to change. */
export function sessionNotes(record?: CredentialsRecord, signIn?: SignInRecord): string[] {
  return [
    ...(signIn && !signIn.refreshToken ? [noRefreshToken] : []),
    ...(signIn?.refreshRefused ? [refreshRefused] : []),
    ...(record?.grantedDuration ? [`the role allows ${record.grantedDuration} s at most`] : []),
  ];
}

/** The note for a sign-in without a refresh token. */
export const noRefreshToken =
  'your provider issued no refresh token; many providers issue one if daypass_authorize_params has ' +
  'prompt=consent or access_type=offline';

/** The note for a sign-in whose refresh token is kept although the provider refused the last refresh. */
export const refreshRefused =
  'your provider refused the last refresh, so the browser opens unless the cause is fixed';

/** Returns a text such as `59 min left`. `left` is in milliseconds. */
export function timeLeft(left: number): string {
  if (left <= 0) return 'expired';
  const minutes = Math.floor(left / 60_000);
  if (minutes < 1) return `${Math.floor(left / 1000)} s left`;
  return minutes < 120 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
