"""Asks STS who it is, as many times as said, with the profile that PROFILE names. A line each: ok or error."""
import os
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.session

endpoint = os.environ["STS"]
create_client = botocore.session.Session.create_client


def create_client_here(self, service, *args, **kwargs):
    """Of 2022, boto3 knows no AWS_ENDPOINT_URL_STS for the step from a source_profile to its role."""
    if service == "sts":
        kwargs["endpoint_url"] = kwargs.get("endpoint_url") or endpoint
    return create_client(self, service, *args, **kwargs)


botocore.session.Session.create_client = create_client_here
requests = int(os.environ["REQUESTS"])
threads = int(os.environ.get("THREADS", "1"))
session = boto3.Session(profile_name=os.environ.get("PROFILE") or None)


def ask(client):
    try:
        return "ok " + client.get_caller_identity()["Arn"]
    except Exception as error:  # noqa: BLE001 - each kind is a line of the test
        return "error " + " ".join(str(error).split())


try:
    client = session.client("sts", endpoint_url=endpoint, region_name="eu-west-1")
    with ThreadPoolExecutor(threads) as pool:
        for line in pool.map(lambda _: ask(client), range(requests)):
            print(line, flush=True)
except Exception as error:  # noqa: BLE001
    print("error " + " ".join(str(error).split()))
