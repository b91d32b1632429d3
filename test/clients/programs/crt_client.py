"""The AWS common runtime's process provider: gives credentials and asks nobody; the key is what it prints."""
import os

from awscrt.auth import AwsCredentialsProvider

provider = AwsCredentialsProvider.new_process(profile_to_use=os.environ["PROFILE"])
for _ in range(int(os.environ["REQUESTS"])):
    try:
        print("ok " + provider.get_credentials().result(60).access_key_id, flush=True)
    except Exception as error:  # noqa: BLE001
        print("error " + " ".join(str(error).split()), flush=True)
