"""Keeps rows, and lists those that the stream has brought."""

import json
import os
from typing import Any

import boto3
from greeting import GREETING  # type: ignore[import-not-found]  # comes with the layer


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Do what the event asks."""
    if "Records" in event:
        queue = boto3.client("sqs")
        for record in event["Records"]:
            row = record["dynamodb"]["Keys"]["id"]["S"]
            queue.send_message(QueueUrl=os.environ["SEEN"], MessageBody=row)
    elif "keep" in event:
        rows = boto3.client("dynamodb")
        rows.put_item(TableName=os.environ["TABLE"], Item={"id": {"S": event["keep"]}})
    elif "read" in event:
        boto3.client("dynamodb").scan(TableName=os.environ["TABLE"])
    return {"statusCode": 200, "body": json.dumps({"greeting": GREETING})}
