import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';

type EndpointSettings = Pick<
  Settings,
  'region' | 'roleArn' | 'stsEndpoint' | 'useFipsEndpoint' | 'useDualstackEndpoint' | 'stsOrigins'
>;

/**
 * Returns the configured endpoint, or that of the region in the role's partition, by the rules of the AWS SDKs:
 * https://docs.aws.amazon.com/general/latest/gr/sts.html
 */
export function stsEndpoint(settings: EndpointSettings): string {
  const { region, useFipsEndpoint: fips, useDualstackEndpoint: dualStack } = settings;
  if (settings.stsEndpoint) return settings.stsEndpoint;
  const partition = awsPartition(parseRoleArn(settings.roleArn)?.partition ?? '');
  // In GovCloud the usual host is the FIPS endpoint.
  const isUsual = !fips || (partition?.id === 'aws-us-gov' && !dualStack);
  const suffix = dualStack ? partition?.dualStackSuffix : partition?.dnsSuffix;
  return `https://${isUsual ? 'sts' : 'sts-fips'}.${region}.${suffix}`;
}

/** Returns what an error calls this endpoint, and the settings that chose it. */
export function stsPeer(settings: EndpointSettings): { peer: string; url: string; setting: string } {
  const origins = (!settings.stsEndpoint && settings.stsOrigins) || [];
  const url = stsEndpoint(settings);
  return { peer: `STS at ${url}`, url, setting: ['region', ...origins].join(', and ') };
}
