# An app that asks Amazon Cognito by boto3. Called by fixtures/python.ts.
# Takes {"endpoint", "operation": "forgot_password", "parameters": {"ClientId": …}}.
# Prints what boto3 gives: {"answer": …} or {"error": …, "raised": the name of the exception's class}.

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

call = json.load(sys.stdin)
client = boto3.client(
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=call["endpoint"],
    # Once: what is asked again counts again.
    config=Config(retries={"total_max_attempts": 1}),
)
try:
    print(json.dumps({"answer": getattr(client, call["operation"])(**call["parameters"])}))
except ClientError as error:
    print(json.dumps({"error": error.response, "raised": type(error).__name__}))
