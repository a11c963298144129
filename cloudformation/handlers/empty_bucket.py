"""Custom resource: empties a bucket, with all versions, before CloudFormation deletes it."""

from typing import Any

import boto3
import cfnresponse  # provided by Lambda beside inline code


def empty(s3: Any, bucket: str) -> None:
    """Delete every version and delete marker. A bucket that is gone already counts as empty."""
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = page.get("Versions", []) + page.get("DeleteMarkers", [])
            objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
            if objects:
                answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
                if answer.get("Errors"):
                    raise RuntimeError(f"{len(answer['Errors'])} objects of {bucket} were not deleted")
    except s3.exceptions.NoSuchBucket:
        print(f"{bucket} is gone")


def handler(event: dict[str, Any], context: object) -> None:
    """Answer CloudFormation; only a deletion has something to do."""
    bucket = event["ResourceProperties"]["BucketName"]
    status, reason = cfnresponse.SUCCESS, ""
    try:
        if event["RequestType"] == "Delete":
            empty(boto3.client("s3"), bucket)
    except Exception as error:  # whatever it was, CloudFormation must get an answer or it waits for an hour
        print(f"{bucket}: {error!r}")
        status, reason = cfnresponse.FAILED, str(error)
    cfnresponse.send(event, context, status, {}, f"contents-of-{bucket}", reason=reason)
