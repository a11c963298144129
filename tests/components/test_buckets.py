"""Bucket names: unique over all accounts, and within the limit of S3."""

from __future__ import annotations

import dataclasses

import pytest

from components.buckets import ACCESS_LOG_BUCKET, AUDIT_BUCKET, bucket_arn, bucket_name
from components.layer import Context
from components.naming import MAX_SUFFIX_LENGTH


@pytest.mark.parametrize("purpose", [AUDIT_BUCKET, ACCESS_LOG_BUCKET])
def test_name_holds_account_and_suffix_within_the_limit(context: Context, purpose: str) -> None:
    """The longest suffix still gives a name that S3 accepts, and the logical name is free of deploy-time values."""
    longest = dataclasses.replace(context, suffix="x" * MAX_SUFFIX_LENGTH)
    name = bucket_name(longest, purpose)

    assert name.physical == f"s3-{purpose}-123456789012-{longest.suffix}"
    assert len(name.physical) <= 63
    assert name.logical == f"s3-{purpose}"
    assert bucket_arn(longest, purpose) == f"arn:aws:s3:::{name.physical}"


def test_a_purpose_that_leaves_no_room_is_refused(context: Context) -> None:
    """A purpose that would make the name too long with some suffix is refused, whatever the suffix of today."""
    with pytest.raises(ValueError, match=r"AWS allows 63 for 's3'\. Shorten the purpose"):
        bucket_name(context, "a-purpose-that-takes-far-too-much-room")
