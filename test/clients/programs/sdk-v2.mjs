// Uses the old SDK with AWS_SDK_LOAD_CONFIG and AWS_PROFILE, and prints a line for each request: ok or error.
import AWS from 'aws-sdk';

const { STS = '', REQUESTS } = process.env;
const client = new AWS.STS({ endpoint: STS, region: 'eu-west-1', maxRetries: 0 });
for (let request = 0; request < Number(REQUESTS); request++) {
  try {
    const { Arn } = await client.getCallerIdentity().promise();
    console.log(`ok ${Arn}`);
  } catch (error) {
    console.log(`error ${String(error).split(/\s+/).join(' ')}`);
  }
}
