"""Our translations: locale/*/LC_MESSAGES/django.po is what people write, the .mo beside it is what Django reads."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_all(folder: Path = LOCALE) -> list[Path]:
    """Write every .mo that is missing or older than its .po. Returns the ones written.

    Raises OSError, also for a file that is no .po.
    """
    sources = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    return [_compiled(source) for source in sources if _is_stale(source)]


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compiled(source: Path) -> Path:
    """Replaced in one step: another process may be reading it, or writing it, too."""
    import polib  # not needed when there is nothing to do

    target = source.with_suffix(".mo")
    with NamedTemporaryFile(dir=source.parent, suffix=".new", delete=False) as file:
        file.write(polib.pofile(str(source)).to_binary())
    written = Path(file.name)
    written.chmod(0o644)
    return written.replace(target)
