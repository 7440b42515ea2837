"""Draws article.png: the first paragraph of the seed article with its gold marks, values and frames.

python docs/images/article.py [CHROMIUM]     # needs Chromium and an Arabic font; then pngquant, to a third
"""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from arabic_ie import read

ROOT = Path(__file__).parents[2]
SIZE = "1000,1000"  # of the window, in points


def main(chromium: str = "chromium") -> None:
    """Render the page and photograph it, three pixels for two points."""
    doc = read(ROOT / "seeds" / "article.jsonl")[0]
    end = doc.text.index("\n")
    events = tuple(v for v in doc.events if v.trigger.end <= end)
    shown = {v.id for v in events}
    part = replace(
        doc,
        text=doc.text[:end],
        entities=tuple(e for e in doc.entities if e.end <= end),
        events=events,
        clusters=(),
        incidents=tuple(i for i in doc.incidents if set(i.events) <= shown),
    )
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "article.html"
        page.write_text(part.to_html(), encoding="utf-8")
        target = Path(__file__).with_suffix(".png")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}"]
        shot = ["--force-device-scale-factor=1.5", f"--screenshot={target}", page.as_uri()]
        subprocess.run([chromium, *flags, *shot], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
