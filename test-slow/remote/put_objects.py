"""Puts files into an object store: endpoint, then JSON of [bucket, key, file]. Prints a signed address of the first."""

import json
import sys

import boto3
from botocore.config import Config

endpoint, objects = sys.argv[1], json.loads(sys.argv[2])
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id="KEY",
    aws_secret_access_key="secret",
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
)
known = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
for bucket in {bucket for bucket, _, _ in objects} - known:
    s3.create_bucket(Bucket=bucket)
for bucket, key, file in objects:
    with open(file, "rb") as body:
        s3.put_object(Bucket=bucket, Key=key, Body=body)
bucket, key, _ = objects[0]
print(json.dumps(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=600)))
