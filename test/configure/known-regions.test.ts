import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { knownRegions, regionFault } from '../../src/configure/known-regions.ts';
import { awsPartition } from '../../src/settings/aws-partition.ts';

const partition = (id: string) => awsPartition(id) ?? assert.fail(id);

test('the regions are those of the AWS SDK', async () => {
  const sts = createRequire(import.meta.url).resolve('@aws-sdk/client-sts/package.json');
  const core = join(sts, '../../core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js');
  const { partitionsInfo } = (await import(pathToFileURL(core).href)) as {
    partitionsInfo: { partitions: { id: string; regions: Record<string, unknown> }[] };
  };
  for (const { id, regions } of partitionsInfo.partitions) {
    const named = Object.keys(regions).filter((region) => !region.endsWith('-global'));
    assert.deepEqual([...knownRegions(partition(id))].sort(), named.sort(), id);
  }
});

test('an unknown typed region is rejected, with the nearest ones', () => {
  assert.equal(regionFault('eu-west-1', partition('aws')), undefined);
  assert.match(regionFault('eu-wst-1', partition('aws')) ?? '', /did you mean eu-west-1/);
  assert.equal(regionFault('cn-north-1', partition('aws')), 'must be a region of aws');
  assert.match(regionFault('us-gov-west-9', partition('aws-us-gov')) ?? '', /us-gov-west-1/);
});
