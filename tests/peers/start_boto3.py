"""The least that a Python program does before it can read a bucket: a client."""

import boto3

boto3.client("s3", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
