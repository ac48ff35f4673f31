"""Static files are compressed when they are collected, not for each request."""

import gzip
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

COMPRESSED = (".css", ".js", ".svg")  # files that pages ask for
WORTH_IT = 0.95  # of the size at most


class StaticFiles(ManifestStaticFilesStorage):
    """Each file's name has a hash of its content, so caches may keep it for ever."""

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool] | tuple[str, None, RuntimeError]]:
        for done in super().post_process(paths, dry_run, **options):
            if done[1] and done[1].endswith(COMPRESSED):
                compress_once(Path(self.path(done[1])))
            yield done

    @lru_cache(maxsize=1000)  # noqa: B019 - a process has one storage, and it ends with it
    def url(self, name: str, force: bool = False) -> str:
        """Each address is worked out once in a process: the manifest was read at its start."""
        return super().url(name, force)


def compress_once(file: Path) -> None:
    """The hash in the name says that a compressed file which is there is the right one."""
    target, draft = (file.with_name(f"{file.name}{ending}") for ending in (".gz", ".gz.new"))
    if target.exists():
        return
    content = file.read_bytes()
    compressed = gzip.compress(content, mtime=0)
    if len(compressed) <= WORTH_IT * len(content):
        draft.write_bytes(compressed)
        draft.replace(target)  # never half of it
