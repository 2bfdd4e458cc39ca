"""Long lines on a terminal break between words, never in a command; what is written to a file is left as it is."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

from shop_world import COMMAND


def on_a_terminal(columns: int, folder: Path, *args: str) -> list[str]:
    """The lines that the command writes to a terminal of that width, without colours."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen([COMMAND, *args], cwd=folder, stdin=its, stdout=its, stderr=its, env=env)
    os.close(its)
    text = b""
    try:
        while piece := os.read(mine, 4096):
            text += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(mine)
    process.wait(timeout=60)
    return re.sub(r"\x1b\[[\d;]*m", "", text.decode()).splitlines()


def test_an_error_is_laid_out_for_the_terminal_and_its_commands_stay_whole(tmp_path: Path) -> None:
    lines = on_a_terminal(44, tmp_path, "status", "--config", "no/such/folder/recon.yml")
    assert max(map(len, lines)) <= 44
    assert lines[0].startswith("error: ")
    [first] = [number for number, line in enumerate(lines) if line.startswith(" next: ")]
    assert len(lines) > first + 1 and all(line.startswith(" " * 7) for line in lines[first + 1 :])
    assert "`recon init`" in "\n".join(lines)
    piped = subprocess.run([COMMAND, "status"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert len(piped.stderr.splitlines()) == 2
