// @ts-check
// Replaces the AWS CLI on the PATH of a shell: node aws-iam.mjs ARGUMENT… passes its arguments to the local
// IAM that LOCAL_IAM names, and exits as it answers.
const answer = await fetch(process.env.LOCAL_IAM ?? '', {
  method: 'POST',
  body: JSON.stringify(process.argv.slice(2)),
});
const { code, text } = /** @type {{ code: number, text: string }} */ (await answer.json());
(code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
process.exitCode = code;
