"""Asks STS who it is, as many times as said, with the profile that AWS_PROFILE names. A line each: ok or error."""
import os
from concurrent.futures import ThreadPoolExecutor

import boto3

requests = int(os.environ["REQUESTS"])
threads = int(os.environ.get("THREADS", "1"))
session = boto3.Session(profile_name=os.environ.get("PROFILE"))


def ask(client):
    try:
        return "ok " + client.get_caller_identity()["Arn"]
    except Exception as error:  # noqa: BLE001 - each kind is a line of the test
        return "error " + " ".join(str(error).split())


try:
    client = session.client("sts", endpoint_url=os.environ["STS"], region_name="eu-west-1")
    with ThreadPoolExecutor(threads) as pool:
        for line in pool.map(lambda _: ask(client), range(requests)):
            print(line, flush=True)
except Exception as error:  # noqa: BLE001
    print("error " + " ".join(str(error).split()))
