"""Values and statements whose meaning is compared with real Ruby's, also where Ruby rejects them.

The cases lie in ``cases/``: a value a line, and statements with ``---`` between them.
"""

from __future__ import annotations

from pathlib import Path

CASES = Path(__file__).parent / "cases"

TEXT_BLOCKS = [
    "<<EOS\na\nEOS\n",
    "<<-EOS\n  a\n  EOS\n",
    "<<~EOS\n  a\n    b\n  EOS\n",
    "<<~EOS\n\n  a\n\n    b\n  EOS\n",
    "<<~EOS\n  a\\n  b\n  c\n  EOS\n",
    "<<~'EOS'\n  a\\n#{x}\n  EOS\n",
    '<<~"EOS"\n  a#{1}\n  EOS\n',
    "<<~EOS\n\ta\n\t\tb\nEOS\n",
    "<<~EOS\n  \ta\n        b\nEOS\n",
    "<<~EOS.strip\n  a\nEOS\n",
    "<<EOS.lines.map(&:strip).join(',')\na\nb\nEOS\n",
    "[<<A, <<B]\na\nA\nb\nB\n",
    "YAML.load(<<-EOS)\n  a: [1, 2]\n  EOS\n",
    "YAML.load <<~EOS\n  a:\n    - :b\n    - 1:30\nEOS\n",
    "{ 'a' => <<EOS, 'b' => 1 }\nx\nEOS\n",
    "<<EOS\na\n",
    "<<EOS\na\n EOS\n",
    "<<'A B'\nx\nA B\n",
    "<<~EOS\n  #{'a'}\n    b\nEOS\n",
    "<<~EOS\n  a \\\n  b\nEOS\n",
    "<<EOS + 'x'\na\nEOS\n",
    "<<~EOS\nEOS\n",
    "<<~EOS\n  a\r\n  b\r\nEOS\n",
    "<<eos\nx\neos\n",
    "<<~EOS\n  'quotes' \"and\" #hash\nEOS\n",
    "<<~EOS\n   \n  a\nEOS\n",
    "<<~'EOS'\n   \n  a\nEOS\n",
    "<<~EOS\n   \n\n  a\n    b\nEOS\n",
    "<<~EOS\n  a\n     \n b\nEOS\n",
    "<<~EOS\n\t\n    #{1}\n  b\nEOS\n",
    "<<~EOS\n  a \\\n   \n b\nEOS\n",
    "<<~EOS\n   \r\n  a\r\nEOS\n",
]

_SETTING = "registry['v'] = "


def _lines(name: str) -> list[str]:
    return (CASES / name).read_bytes().decode().removesuffix("\n").split("\n")


def literals() -> list[str]:
    """List settings files that give one value each."""
    lines = [line for name in ("logic.txt", "strings.txt", "collections.txt") for line in _lines(name)]
    texts = [f"{_SETTING}{line}\n" for line in lines]
    texts += [f"{_SETTING}{block}" for block in TEXT_BLOCKS]
    return texts


def yaml_documents() -> list[str]:
    """List settings files that read a YAML text each."""
    return [f"{_SETTING}YAML.load(<<'EOS')\nk: {scalar}\nEOS\n" for scalar in _lines("yaml.txt")]


def statements() -> list[str]:
    """List settings files of several lines."""
    files = ("statements.txt", "idioms.txt")
    texts = [text for name in files for text in "\n".join(_lines(name)).split("\n---\n")]
    return [text.strip("\n") + "\n" for text in texts]
