import type { AwsPartition } from '../settings/aws-partition.ts';
import { nearest } from '../terminal/nearest.ts';

// From partitions.json of the AWS SDK; a test compares them. Only questions use this list: a flag, a variable and a
// profile may name a region that AWS has opened since.

const regions: Readonly<Record<string, readonly string[]>> = {
  aws: [
    ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'ca-west-1', 'mx-central-1'],
    ...['sa-east-1', 'eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1'],
    ...[
      'eu-west-2',
      'eu-west-3',
      'il-central-1',
      'me-central-1',
      'me-south-1',
      'me-west-1',
      'sa-west-1',
      'af-south-1',
      'ap-east-1',
    ],
    ...['ap-east-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-south-2'],
    ...['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5'],
    ...['ap-southeast-6', 'ap-southeast-7'],
  ],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  'aws-eusc': ['eusc-de-east-1'],
  'aws-iso': ['us-iso-east-1', 'us-iso-west-1'],
  'aws-iso-b': ['us-isob-east-1', 'us-isob-west-1'],
  'aws-iso-e': ['eu-isoe-west-1'],
  'aws-iso-f': ['us-isof-east-1', 'us-isof-south-1'],
};

/** Returns the regions of a partition that this version knows. */
export function knownRegions({ id }: AwsPartition): readonly string[] {
  return regions[id] ?? [];
}

/** Returns the fault of a typed region, with the nearest ones, or undefined. */
export function regionFault(region: string, partition: AwsPartition): string | undefined {
  if (!partition.regions.test(region)) return `must be a region of ${partition.id}`;
  const known = knownRegions(partition);
  if (known.includes(region)) return undefined;
  const near = nearest(region, known);
  const question = near.length > 0 ? `: did you mean ${near.join(' or ')}?` : '';
  return `is no region of ${partition.id} that daypass knows${question} A new one needs --region`;
}
