import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';

/** Returns the configured endpoint, or that of the region in the role's partition: https://docs.aws.amazon.com/general/latest/gr/sts.html */
export function stsEndpoint(settings: Pick<Settings, 'region' | 'roleArn' | 'stsEndpoint'>): string {
  const partition = awsPartition(parseRoleArn(settings.roleArn)?.partition ?? '');
  return settings.stsEndpoint || `https://sts.${settings.region}.${partition?.dnsSuffix}`;
}
