import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';

/** Returns the configured endpoint, or the regional one of the role's partition. https://docs.aws.amazon.com/general/latest/gr/sts.html */
export function stsEndpoint({
  region,
  roleArn,
  stsEndpoint,
}: Pick<Settings, 'region' | 'roleArn' | 'stsEndpoint'>): string {
  if (stsEndpoint) return stsEndpoint;
  const partition = awsPartition(parseRoleArn(roleArn)?.partition ?? '');
  return `https://sts.${region}.${partition?.dnsSuffix}`;
}
