"""pyinfra and Ansible, deploying here what a reconfigure renders: four templates, of which one has changed.

They are installed into an environment of their own that is kept below the user's cache. Both are spared what
they can do without: the connection is local, one host is known, nothing is asked of it, nothing searched for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = ("pyinfra>=3,<4", "ansible-core>=2.16,<2.20")
VALUE = "{{ changed }}"
_PYINFRA = """
import os
from pyinfra.operations import files

for source in {sources!r}:
    name = os.path.basename(source)
    files.template(src=source, dest=os.path.join({target!r}, name), changed=os.environ["CHANGED"])
"""
_PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
{tasks}"""
_TASK = """    - ansible.builtin.template:
        src: {source}
        dest: {target}
"""


def environment() -> Path:
    """Return the directory of the peers' programs; they are installed the first time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ctl-bench"
    programs = cache / f"peers-{sys.version_info.major}.{sys.version_info.minor}" / "bin"
    if not (programs / "ansible-playbook").exists():
        venv.create(programs.parent, with_pip=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)
    return programs


class Peers:
    """Two deployments of the same templates.

    Args:
        place: an empty directory.
        templates: name and text of each file; `VALUE` stands where the value that changes is.
    """

    def __init__(self, place: Path, templates: dict[str, str]) -> None:
        self._programs, self._place = environment(), place
        self._changed = 0
        sources = []
        for name, text in templates.items():
            source = place / "templates" / f"{name}.j2"
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(text)
            sources.append(str(source))
        for name in ("pyinfra", "ansible"):
            (place / name).mkdir()
        (place / "deploy.py").write_text(_PYINFRA.format(sources=sources, target=str(place / "pyinfra")))
        tasks = "".join(
            _TASK.format(source=source, target=place / "ansible" / Path(source).stem) for source in sources
        )
        (place / "play.yml").write_text(_PLAYBOOK.format(tasks=tasks))

    def pyinfra(self) -> tuple[list[str], dict[str, str]]:
        """Change the value; return the command that deploys it by pyinfra, and what its environment adds."""
        return [str(self._programs / "pyinfra"), "@local", str(self._place / "deploy.py"), "-y"], self._next()

    def ansible(self) -> tuple[list[str], dict[str, str]]:
        """Change the value; return the command that deploys it by Ansible, and what its environment adds."""
        more = self._next()
        values = {"changed": more["CHANGED"], "ansible_python_interpreter": str(self._programs / "python")}
        words = ["-i", "localhost,", "-e", json.dumps(values), str(self._place / "play.yml")]
        return [str(self._programs / "ansible-playbook"), *words], more

    def _next(self) -> dict[str, str]:
        self._changed += 1
        # Whatever else they write at home goes with our place.
        return {"CHANGED": str(self._changed), "HOME": str(self._place), "LC_ALL": "C.UTF-8"}
