"""Large uploads on their way in: Django would put them into the folder for temporary files, readable."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from kehuma.lib.sealed_files import Spool


class SealedUploadHandler(FileUploadHandler):
    """Keeps what is too large for memory sealed, until the request has been answered."""

    _spool: Spool | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with a file."""
        super().new_file(*args, **kwargs)
        self._spool = Spool()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """Take a piece of it."""
        assert self._spool is not None  # noqa: S101 - Django begins before
        self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """The whole of it."""
        assert self._spool is not None  # noqa: S101 - as above
        content, self._spool = self._spool.read_back(), None
        return UploadedFile(
            content, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        """Let go of what will never be whole."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None
