#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window and the terminal on one library, whoever owns it.

    test-together.py PROGRAM CLI
"""
import shutil
import subprocess
from pathlib import Path

import screen
from screen import NAMES, PATIENCE, SAMPLES, containing, named, press, put_text

NEW = "fox-in-the-park.jpg"


def own(cli):
    """A process on the terminal that has the library open."""
    owner = subprocess.Popen([cli, "--json", "embed", "--stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    owner.stdin.write(b"anything\n")
    owner.stdin.flush()
    assert b"embedding" in owner.stdout.readline()
    return owner


def frames(window):
    return [node for role, _, node in window.all() if role == "frame"]


def drive(program, cli, photos):
    subprocess.run([cli, "index", photos], check=True, stdout=subprocess.DEVNULL)
    owner = own(cli)
    with screen.start(program, "--device", "cpu") as window:
        for name in NAMES:
            window.wait(name, named(name))
        # What is added from the terminal shows by itself.
        shutil.copy(next(SAMPLES.glob("*.jpg")), Path(photos) / NEW)
        subprocess.run([cli, "index", photos], check=True, stdout=subprocess.DEVNULL)
        window.wait("the new photo", named(NEW))
        # The owner is no more, and nothing is missing.
        owner.kill()
        put_text(window, "Search photos", "a cat in the desert")
        window.wait("the count of matches", containing("good match"))
        # Started again, the window that is there comes to the front.
        assert len(frames(window)) == 1
        assert subprocess.run([program, "--device", "cpu"], timeout=PATIENCE).returncode == 0
        assert len(frames(window)) == 1 and window.process.poll() is None
        # What is put into a followed folder shows by itself.
        press("ctrl+f", "ctrl+a", "Delete")
        window.wait("all photos", named(NAMES[0]))
        shutil.copy(sorted(SAMPLES.glob("*.jpg"))[7], Path(photos) / "followed.jpg")
        window.wait("the photo that was put there", named("followed.jpg"))
        # Now the window owns it, and answers for the terminal.
        found = subprocess.run([cli, "search", "a cat in the desert", "--limit", "1"], check=True, capture_output=True, text=True)
        assert "cat-in-the-desert.jpg" in found.stdout
        press("ctrl+q")
        screen.ended_well(window)


if __name__ == "__main__":
    screen.run(drive)
