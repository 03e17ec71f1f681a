"""As much of S3 as the desk uses: one bucket in memory, which may be away, and sees who asks."""

from __future__ import annotations

from email.utils import formatdate
from hashlib import md5
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from tests.http_server import OwnServer

BUCKET = "desk-files"


class FakeS3(OwnServer):
    """>>> with FakeS3() as s3: s3.is_away = True"""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.signed: list[str] = []
        self.is_away = False
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def key(self) -> str:
                path = unquote(urlsplit(self.path).path)
                return path.removeprefix(f"/{BUCKET}/")

            def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def met(self) -> bool:
                bucket.signed.append(self.headers.get("Authorization", ""))
                if bucket.is_away:
                    self.answer(503, b"<Error><Code>SlowDown</Code></Error>")
                return bucket.is_away

            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not self.met():
                    bucket.objects[self.key()] = body
                    self.answer(200, ETag=f'"{md5(body).hexdigest()}"')

            def do_GET(self) -> None:
                if self.met():
                    return
                if self.key() not in bucket.objects:
                    self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
                    return
                body = bucket.objects[self.key()]
                modified = formatdate(usegmt=True)
                self.answer(200, body, ETag=f'"{md5(body).hexdigest()}"', Last_Modified=modified)

            def do_HEAD(self) -> None:
                self.do_GET()

        super().__init__(Handler)
        self.url = f"http://{self.address}"
