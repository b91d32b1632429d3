/** A partition of AWS; that of the role decides which STS hosts may receive the ID token. */
export interface AwsPartition {
  id: string;
  dnsSuffix: string;
  defaultRegion: string;
  regions: RegExp;
}

// From partitions.json, the endpoint rules of botocore and the JavaScript SDK.
const partitions: readonly AwsPartition[] = [
  {
    id: 'aws',
    dnsSuffix: 'amazonaws.com',
    defaultRegion: 'us-east-1',
    regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
  },
  {
    id: 'aws-cn',
    dnsSuffix: 'amazonaws.com.cn',
    defaultRegion: 'cn-northwest-1',
    regions: /^cn-\w+-\d+$/,
  },
  {
    id: 'aws-us-gov',
    dnsSuffix: 'amazonaws.com',
    defaultRegion: 'us-gov-west-1',
    regions: /^us-gov-\w+-\d+$/,
  },
  {
    id: 'aws-eusc',
    dnsSuffix: 'amazonaws.eu',
    defaultRegion: 'eusc-de-east-1',
    regions: /^eusc-\w+-\w+-\d+$/,
  },
  { id: 'aws-iso', dnsSuffix: 'c2s.ic.gov', defaultRegion: 'us-iso-east-1', regions: /^us-iso-\w+-\d+$/ },
  {
    id: 'aws-iso-b',
    dnsSuffix: 'sc2s.sgov.gov',
    defaultRegion: 'us-isob-east-1',
    regions: /^us-isob-\w+-\d+$/,
  },
  {
    id: 'aws-iso-e',
    dnsSuffix: 'cloud.adc-e.uk',
    defaultRegion: 'eu-isoe-west-1',
    regions: /^eu-isoe-\w+-\d+$/,
  },
  {
    id: 'aws-iso-f',
    dnsSuffix: 'csp.hci.ic.gov',
    defaultRegion: 'us-isof-south-1',
    regions: /^us-isof-\w+-\d+$/,
  },
];

/**
 * Returns the partition with the id in the second field of a role ARN; undefined if AWS has not published it.
 */
export function awsPartition(id: string): AwsPartition | undefined {
  return partitions.find((partition) => partition.id === id);
}

/** Returns the parts of `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`; undefined for any other text. */
export function parseRoleArn(arn: string): { partition: string; account: string; name: string } | undefined {
  const match = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\x21-\x7e]{1,510}\/)?([\w+=,.@-]{1,64})$/.exec(
    arn,
  );
  if (!match?.[1] || !match[2] || !match[3] || arn.length > 2048) return undefined;
  return { partition: match[1], account: match[2], name: match[3] };
}
