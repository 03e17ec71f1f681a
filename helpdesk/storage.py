"""Files in a bucket, by STORAGE=s3. Who reads or writes one meets the errors of a disk: OSError, FileNotFoundError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3File, S3Storage

Result = TypeVar("Result")

# One request a file: the largest has 20 MB.
_TRANSFER = TransferConfig(multipart_threshold=64 * 2**20, use_threads=False)
_CLIENT = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    connect_timeout=5,
    read_timeout=20,
    retries={"max_attempts": 2, "mode": "standard"},
    # The newer checksums are not understood by everything that calls itself S3.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class Bucket(S3Storage):  # type: ignore[misc]
    """Private objects under the random names that the desk gives them."""

    def __init__(self, **options: Any) -> None:
        fixed = {"transfer_config": _TRANSFER, "client_config": _CLIENT, "default_acl": None}
        super().__init__(**fixed, max_memory_size=2**20, **options)

    def _open(self, name: str, mode: str = "rb") -> S3File:
        return _as_on_a_disk(lambda: self._fetched(name, mode))

    def _fetched(self, name: str, mode: str) -> S3File:
        """The whole file, fetched now: an answer that is half sent cannot say any more that it failed."""
        opened = super()._open(name, mode)
        opened.file  # noqa: B018 - the property fetches it
        return opened

    def _save(self, name: str, content: Any) -> str:
        return str(_as_on_a_disk(lambda: super(Bucket, self)._save(name, content)))


def _as_on_a_disk(work: Callable[[], Result]) -> Result:
    """Their errors quote what was asked for; ours say only of what kind it was."""
    try:
        return work()
    except (BotoCoreError, ClientError) as error:
        kind = type(error).__name__
    raise OSError(f"The bucket: {kind}.")
