// @ts-check
// The JavaScript SDK with its default credentials: node s3-client.mjs ENDPOINT BUCKET put KEY TEXT, or … BUCKET get KEY
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [endpoint = '', Bucket, action, Key, Body = ''] = process.argv.slice(2);
const client = new S3Client({
  endpoint,
  region: 'eu-west-1',
  forcePathStyle: true,
  maxAttempts: 1,
  // Ceph RGW 16 does not know the checksums that the SDK sends by default.
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
if (action === 'put') await client.send(new PutObjectCommand({ Bucket, Key, Body }));
else {
  const { Body: body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  process.stdout.write((await body?.transformToString()) ?? '');
}
