// The host of STS, compared with the rules and data of the AWS SDK for JavaScript and of botocore.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { STSClient } from '@aws-sdk/client-sts';
import { stsEndpoint } from '../../src/aws/sts-endpoint.ts';
import { awsPartition, hasFipsSts } from '../../src/settings/aws-partition.ts';
import type { Settings } from '../../src/settings/settings.ts';

const botocore = `
import json
from awscli.botocore.endpoint_provider import EndpointProvider
from awscli.botocore.loaders import Loader
data = Loader()
partitions = data.load_data('partitions')
rules = EndpointProvider(data.load_service_model('sts', 'endpoint-rule-set-1'), partitions)
def url(region, fips, dual_stack):
    try:
        return rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack, UseGlobalEndpoint=False).url
    except Exception:
        return None
print(json.dumps({
    'urls': [[p['id'], r, f, d, url(r, f, d)] for p in partitions['partitions'] for r in p['regions']
             if not r.endswith('-global') for f in (False, True) for d in (False, True)],
    'fips': [r for p in data.load_data('endpoints')['partitions']
             for r, endpoint in p['services'].get('sts', {}).get('endpoints', {}).items()
             if any(v['tags'] == ['fips'] for v in endpoint.get('variants', []))],
}))
`;

type Row = [partition: string, region: string, fips: boolean, dualStack: boolean, url: string | null];

function ofBotocore(): { urls: Row[]; fips: string[] } {
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C.UTF-8' };
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', botocore], { env, encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

/** Returns the endpoint of each published region in each variant, by the rules of the installed SDK. */
async function ofJavaScript(): Promise<Row[]> {
  const file = '@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
  const { partitionsInfo } = await import(new URL(`../../node_modules/${file}`, import.meta.url).href);
  const client = new STSClient({ region: 'us-east-1' });
  const regions: [string, string][] = partitionsInfo.partitions.flatMap(
    ({ id, regions }: { id: string; regions: object }) => Object.keys(regions).map((region) => [id, region]),
  );
  const variants = [false, true].flatMap((fips) =>
    [false, true].map((dualStack) => [fips, dualStack] as const),
  );
  return regions
    .filter(([, region]) => !region.endsWith('-global'))
    .flatMap(([partition, region]) =>
      variants.map(([UseFIPS, UseDualStack]): Row => {
        const asked = { Region: region, UseFIPS, UseDualStack, UseGlobalEndpoint: false };
        return [partition, region, UseFIPS, UseDualStack, client.config.endpointProvider(asked).url.origin];
      }),
    );
}

const differences = (rows: readonly Row[]) =>
  rows.filter(([partition, region, useFipsEndpoint, useDualstackEndpoint, url]) => {
    const roleArn = `arn:${partition}:iam::123456789012:role/x`;
    return stsEndpoint({ region, roleArn, useFipsEndpoint, useDualstackEndpoint }) !== url;
  });

test('each region of each partition has the hosts that the AWS SDK for JavaScript uses', async () => {
  const rows = await ofJavaScript();
  assert.ok(rows.length >= 4 * 45, String(rows.length));
  assert.deepEqual(differences(rows), []);
});

test('each region has the hosts that botocore uses, and the same regions have a FIPS endpoint', () => {
  const { urls, fips } = ofBotocore();
  // An older botocore knows no dual-stack suffix of the isolated partitions.
  const known = urls.filter(([, , , , url]) => url !== null);
  assert.ok(known.length >= 4 * 30, String(known.length));
  assert.deepEqual(differences(known), []);
  const has = ([id, region]: Row) => {
    const partition = awsPartition(id);
    return partition !== undefined && hasFipsSts(partition, region);
  };
  const ours = new Set(urls.filter(has).map(([, region]) => region));
  assert.deepEqual([...ours].sort(), fips.sort());
});

test('an endpoint of daypass wins over both, as it does in botocore', () => {
  const explicit = {
    stsEndpoint: 'https://sts.example.com',
    useFipsEndpoint: true,
    useDualstackEndpoint: true,
  };
  assert.equal(stsEndpoint({ region: 'us-east-1', ...explicit } as Settings), 'https://sts.example.com');
});
