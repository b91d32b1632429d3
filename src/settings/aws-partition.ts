/** A partition of AWS; that of the role decides which STS hosts may receive the ID token. */
export interface AwsPartition {
  id: string;
  dnsSuffix: string;
  /** Of the hosts that have IPv6 too. */
  dualStackSuffix: string;
  defaultRegion: string;
  regions: RegExp;
}

// From partitions.json, the endpoint rules of botocore and the JavaScript SDK.
const partitions = (
  [
    ['aws', 'amazonaws.com', 'api.aws', 'us-east-1', /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/],
    ['aws-cn', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn', 'cn-northwest-1', /^cn-\w+-\d+$/],
    ['aws-us-gov', 'amazonaws.com', 'api.aws', 'us-gov-west-1', /^us-gov-\w+-\d+$/],
    ['aws-eusc', 'amazonaws.eu', 'api.amazonwebservices.eu', 'eusc-de-east-1', /^eusc-\w+-\w+-\d+$/],
    ['aws-iso', 'c2s.ic.gov', 'api.aws.ic.gov', 'us-iso-east-1', /^us-iso-\w+-\d+$/],
    ['aws-iso-b', 'sc2s.sgov.gov', 'api.aws.scloud', 'us-isob-east-1', /^us-isob-\w+-\d+$/],
    ['aws-iso-e', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk', 'eu-isoe-west-1', /^eu-isoe-\w+-\d+$/],
    ['aws-iso-f', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov', 'us-isof-south-1', /^us-isof-\w+-\d+$/],
  ] as const
).map(([id, dnsSuffix, dualStackSuffix, defaultRegion, regions]): AwsPartition => {
  return { id, dnsSuffix, dualStackSuffix, defaultRegion, regions };
});

/** The regions of partition aws whose STS has a FIPS endpoint: https://aws.amazon.com/compliance/fips/ */
export const fipsRegions: readonly string[] = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'];

/** Returns whether a region has a FIPS endpoint of STS. The SDKs build a name for all, which need not exist. */
export function hasFipsSts({ id }: AwsPartition, region: string): boolean {
  return id === 'aws-us-gov' || (id === 'aws' && fipsRegions.includes(region));
}

/** Returns the partition with this id, the second field of an ARN; undefined if AWS has not published it. */
export function awsPartition(id: string): AwsPartition | undefined {
  return partitions.find((partition) => partition.id === id);
}

/** Returns the published partition of a role. */
export function partitionOfRole(arn: string): AwsPartition | undefined {
  return awsPartition(parseRoleArn(arn)?.partition ?? '');
}

const roleArn = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\x21-\x7e]{1,510}\/)?([\w+=,.@-]{1,64})$/;

/** Returns the parts of `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`; undefined for any other text. */
export function parseRoleArn(arn: string): { partition: string; account: string; name: string } | undefined {
  const [, partition, account, name] = roleArn.exec(arn) ?? [];
  if (!partition || !account || !name || arn.length > 2048) return undefined;
  return { partition, account, name };
}

/** Returns an account number as the AWS console shows it: 1234-5678-9012. */
export function shownAccount(account: string): string {
  return /^\d{12}$/.test(account) ? account.replace(/(\d{4})(?=\d)/g, '$1-') : account;
}
