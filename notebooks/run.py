"""Run the notebooks and keep their outputs: ``python -m notebooks.run``, or some: ``python -m notebooks.run 03``.

What they write lies in ``runs/notebooks``. An output that would be noise in the repository is refused.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

HERE = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
LONG = 5000
OF_A_MACHINE = re.compile(
    r"(?<![\w./<])/(?:home|root|tmp|work|opt|usr|var|mnt|Users|private)/|[A-Z]:\\\\Users"
)


def execute(path: Path, folder: Path, timeout: int = 3600) -> nbformat.NotebookNode:
    """A notebook with the outputs of a run in a folder; times and the machine's Python are left out.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as sockets:
        client = NotebookClient(
            notebook,
            km=AsyncKernelManager(transport="ipc", ip=f"{sockets}/k"),  # of this user only, unlike TCP
            timeout=timeout,
            startup_timeout=300,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(cleanup_kc=True)  # the kernel ends with its notebook
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        for output in cell.get("outputs", ()):
            shown = output.get("data", {})
            if "text/html" in shown and len(shown["text/plain"]) > LONG:
                del shown["text/plain"]  # a document in Python's words, which nobody reads
    return notebook


def noise(notebook: nbformat.NotebookNode) -> list[str]:
    """What does not belong in a committed notebook: warnings and bars, failures, paths of a machine."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"{output.output_type} {output.get('text', output.get('evalue', ''))}"[:300])
            shown = {kind: text for kind, text in output.get("data", {}).items() if kind != "image/png"}
            told = json.dumps([output.get("text", ""), shown], ensure_ascii=False)
            found += [told[max(0, m.start() - 40) : m.end() + 40] for m in OF_A_MACHINE.finditer(told)]
    return found


def main(wanted: list[str]) -> int:
    """Run the notebooks whose names begin with one of ``wanted``, by default all, in their own folder."""
    for path in sorted(HERE.glob("*.ipynb")):
        if wanted and not path.name.startswith(tuple(wanted)):
            continue
        notebook = execute(path, HERE)
        if trouble := noise(notebook):
            print(f"{path.name}: not written\n" + "\n".join(trouble), file=sys.stderr)
            return 1
        nbformat.write(notebook, path)
        print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
